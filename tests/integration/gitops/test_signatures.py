"""With verify: commits, only a revision signed by an allowed signer is the head."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.gitops.explain import PolicyUnverified
from reconciler.gitops.source import PolicySource
from tests.lab.gitrepository import GitRepository
from tests.lab.require import require

MakeSource = Callable[..., PolicySource]
MakeRepository = Callable[..., GitRepository]


def make_key(path: Path) -> Path:
    subprocess.run([require("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)
    return path


def allow(file: Path, name: str, key: Path) -> Path:
    file.write_text(f"{name} {key.with_suffix('.pub').read_text()}")
    return file


@pytest.fixture
def repository(git_repository: MakeRepository) -> GitRepository:
    return git_repository()


@pytest.fixture
def lead(tmp_path: Path) -> Path:
    return make_key(tmp_path / "lead")


def test_a_signed_revision_names_its_signer(
    repository: GitRepository, make_source: MakeSource, lead: Path, tmp_path: Path
) -> None:
    head = repository.commit({"a.yaml": "a: 1\n"}, signed_with=lead)
    signers = allow(tmp_path / "allowed signers", "lead@example.org", lead)
    source = make_source(repository.path, verify="commits", allowedSigners=str(signers))
    source.fetch()
    assert source.head().id == head
    assert source.head().signed_by == "lead@example.org"


@pytest.mark.parametrize("how", ["unsigned", "unknown-signer", "another-namespace", "tampered", "gpg"])
def test_any_other_head_is_refused_in_one_line(
    how: str, repository: GitRepository, make_source: MakeSource, lead: Path, tmp_path: Path
) -> None:
    signers = allow(tmp_path / "signers", "lead@example.org", lead)
    signed = repository.commit({"a.yaml": "a: 1\n"}, signed_with=lead)
    if how == "unsigned":
        repository.commit({"a.yaml": "a: 2\n"})
    elif how == "unknown-signer":
        repository.commit({"a.yaml": "a: 2\n"}, signed_with=make_key(tmp_path / "stranger"))
    elif how == "another-namespace":
        allow(signers, 'lead@example.org namespaces="file"', lead)
    else:
        raw = repository.git("cat-file", "commit", signed)
        text = raw.replace("Change", "Chance") if how == "tampered" else raw.replace("SSH", "PGP")
        (repository.path / "raw").write_text(text + "\n")
        odd = repository.git("hash-object", "-w", "-t", "commit", str(repository.path / "raw"))
        repository.git("update-ref", "refs/heads/main", odd)
    source = make_source(repository.path, verify="commits", allowedSigners=str(signers))
    source.fetch()
    with pytest.raises(PolicyUnverified, match="not signed by an allowed signer") as caught:
        source.head()
    assert len(str(caught.value).splitlines()) == 1
    assert caught.value.next == "ask"


def test_a_missing_list_of_signers_lets_nobody_in(
    repository: GitRepository, make_source: MakeSource, lead: Path, tmp_path: Path
) -> None:
    repository.commit({"a.yaml": "a: 1\n"}, signed_with=lead)
    source = make_source(repository.path, verify="commits", allowedSigners=str(tmp_path / "none"))
    source.fetch()
    with pytest.raises(PolicyUnverified, match="there is no file"):
        source.head()


def test_without_verify_a_signature_is_not_asked_for(repository: GitRepository, make_source: MakeSource) -> None:
    head = repository.commit({"a.yaml": "a: 1\n"})
    source = make_source(repository.path)
    source.fetch()
    assert (source.head().id, source.head().signed_by) == (head, None)
