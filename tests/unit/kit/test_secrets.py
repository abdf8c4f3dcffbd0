"""Secrets come from where they are named, from nowhere that others can read, and do not show themselves."""

from __future__ import annotations

import os
import pickle
import subprocess
from pathlib import Path

import pytest

from reconciler.errors import SecretExposed, SecretMissing, SourceUnsupported
from reconciler.kinds.secrets import SecretReference
from reconciler.kit.secrets import Secret, read_secret, secret_file
from reconciler.settings import HostSecret

CANARY = "canary-5f2e"


def write_secret(path: Path, text: str = CANARY, mode: int = 0o400) -> SecretReference:
    path.write_text(text)
    path.chmod(mode)
    return SecretReference(file=str(path))


def test_a_secret_never_shows_itself() -> None:
    secret = Secret(CANARY, "env:PASSWORD")
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>30}", repr({"a": [secret]})]
    assert not any(CANARY in text for text in shown)
    assert secret.reveal() == CANARY
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_secrets_compare_by_value() -> None:
    assert Secret("a", "env:A") == Secret("a", "file:/b")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_a_secret_is_read_from_the_environment_that_is_handed_in() -> None:
    reference = SecretReference(env="NAS_PASSWORD")
    assert read_secret(reference, {"NAS_PASSWORD": CANARY}).reveal() == CANARY
    for environment in ({}, {"NAS_PASSWORD": ""}):
        with pytest.raises(SecretMissing, match="NAS_PASSWORD"):
            read_secret(reference, environment)


def test_one_trailing_newline_of_a_file_is_not_part_of_the_secret(tmp_path: Path) -> None:
    assert read_secret(write_secret(tmp_path / "a", f"{CANARY}\n"), {}).reveal() == CANARY
    assert read_secret(write_secret(tmp_path / "b", f" {CANARY}\n\n"), {}).reveal() == f" {CANARY}\n"
    assert read_secret(write_secret(tmp_path / "c", f"{CANARY}\r\n"), {}).reveal() == CANARY


@pytest.mark.parametrize("mode", [0o604, 0o620, 0o660, 0o644, 0o401])
def test_a_file_that_others_can_read_or_change_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, mode: int
) -> None:
    with pytest.raises(SecretExposed, match="chmod 0400") as caught:
        read_secret(write_secret(tmp_path / "exposed", mode=mode), {})
    assert CANARY not in str(caught.value)


def test_a_group_may_read_what_root_owns_and_only_that(tmp_path: Path) -> None:
    reference = write_secret(tmp_path / "shared", mode=0o440)
    if (tmp_path / "shared").stat().st_uid == 0:
        assert read_secret(reference, {}).reveal() == CANARY
    else:
        with pytest.raises(SecretExposed):
            read_secret(reference, {})


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = write_secret(tmp_path / "foreign")
    if os.geteuid() == 0:
        os.chown(tmp_path / "foreign", 65534, 65534)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 65534)
    with pytest.raises(SecretExposed, match="belongs to uid"):
        read_secret(reference, {})


def test_what_is_no_plain_file_is_refused_without_hanging(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for place in (str(tmp_path / "pipe"), "/dev/zero", str(tmp_path), str(tmp_path / "missing")):
        with pytest.raises(SecretMissing):
            read_secret(SecretReference(file=place), {})


@pytest.mark.parametrize("content", [b"", b"\n", b"a\0b", b"\xff\xfe", b"x" * 70_000])
def test_what_can_be_no_secret_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    file.chmod(0o400)
    with pytest.raises(SecretMissing):
        read_secret(SecretReference(file=str(file)), {})


def test_a_systemd_credential_is_found_in_its_folder(tmp_path: Path) -> None:
    write_secret(tmp_path / "nas.password")
    reference = SecretReference(credential="nas.password")
    assert read_secret(reference, {"CREDENTIALS_DIRECTORY": str(tmp_path)}).reveal() == CANARY
    assert read_secret(reference, {}, tmp_path).reveal() == CANARY
    with pytest.raises(SecretMissing, match=r"LoadCredential=nas\.password"):
        read_secret(reference, {})


def test_the_hosts_own_secrets_are_read_the_same_way() -> None:
    assert read_secret(HostSecret(env="TOKEN"), {"TOKEN": CANARY}).source == "env:TOKEN"


def test_sops_says_that_it_comes_later() -> None:
    with pytest.raises(SourceUnsupported, match="later"):
        read_secret(SecretReference(sops="secrets/nas.yaml#password"), {})


def test_a_program_reads_the_secret_from_memory_and_only_when_it_is_handed_on() -> None:
    with secret_file(Secret(CANARY), ending="\n") as handed:
        command = ["/bin/cat", handed.path]
        for _ in range(2):
            done = subprocess.run(command, pass_fds=[handed.descriptor], capture_output=True, check=True)
            assert done.stdout.decode() == f"{CANARY}\n"
        refused = subprocess.run(command, capture_output=True, check=False)
        assert refused.returncode != 0
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(handed.descriptor)
