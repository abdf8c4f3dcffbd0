"""The lab is real: restic works against each of its servers, and believes the forged snapshots."""

from __future__ import annotations

import json
import smtplib
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import psutil
import pytest

from tests.lab.gitrepository import GitRepository
from tests.lab.ports import free_port
from tests.lab.process import ServerFailed, listens, running
from tests.lab.repositories import CheapRepository, ForgedSnapshot, forge_snapshots
from tests.lab.require import require
from tests.lab.restic import Restic
from tests.lab.restserver import RestServer, running_rest_server
from tests.lab.s3 import S3Server
from tests.lab.sealing import Key, WrongKey
from tests.lab.signature import Credentials
from tests.lab.smtp import SmtpServer
from tests.lab.sshd import SshServer
from tests.lab.webhook import WebhookServer

PASSWORD = "lab-password"
MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "first.txt").write_text("dear reader")
    return folder


def assert_round_trip(restic: Restic, letters: Path, target: Path) -> None:
    restic.run("backup", "--quiet", str(letters))
    assert len(restic.snapshots()) == 1
    restic.run("restore", "latest", "--target", str(target))
    restored = target / letters.relative_to("/") / "first.txt"
    assert restored.read_text() == "dear reader"


def test_restic_backs_up_into_a_cheap_repository_and_every_byte_reads_back(
    cheap_repository: CheapRepository, letters: Path, tmp_path: Path
) -> None:
    restic = Restic(str(cheap_repository.path), cheap_repository.password)
    assert json.loads(restic.run("cat", "config"))["id"] == cheap_repository.id
    assert_round_trip(restic, letters, tmp_path / "restored")
    restic.run("check", "--read-data")


def test_a_cheap_repository_refuses_another_password(cheap_repository: CheapRepository) -> None:
    assert Restic(str(cheap_repository.path), "wrong").attempt("cat", "config").returncode == 12


def test_a_sealed_text_opens_with_its_own_key_only() -> None:
    key = Key.random()
    assert key.open(key.seal(b"secret")) == b"secret"
    with pytest.raises(WrongKey):
        Key.random().open(key.seal(b"secret"))


@pytest.mark.slow
def test_restic_works_over_sftp(sshd: SshServer, letters: Path, tmp_path: Path) -> None:
    restic = Restic(sshd.restic_location(tmp_path / "repository"), PASSWORD, sshd.restic_option)
    restic.run("init")
    assert_round_trip(restic, letters, tmp_path / "restored")


@pytest.mark.slow
def test_the_lab_sshd_admits_nobody_without_its_key(sshd: SshServer) -> None:
    arguments = ["-F", "/dev/null", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no"]
    arguments += ["-o", "UserKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes", "-o", "IdentityFile=none"]
    address = ["-p", str(sshd.port), f"{sshd.user}@{sshd.host}", "true"]
    done = subprocess.run(
        [require("ssh"), *arguments, *address], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 255
    assert "Permission denied" in done.stderr


@pytest.mark.slow
def test_restic_works_over_rest(rest_server: RestServer, letters: Path, tmp_path: Path, unique_name: str) -> None:
    restic = Restic(rest_server.restic_location(unique_name), PASSWORD, environment=rest_server.environment)
    restic.run("init")
    assert_round_trip(restic, letters, tmp_path / "restored")
    stranger = Restic(rest_server.restic_location(unique_name), PASSWORD)
    assert stranger.attempt("--retry-lock", "0s", "cat", "config").returncode != 0


@pytest.mark.slow
def test_restic_works_over_rest_with_tls(letters: Path, tmp_path: Path, unique_name: str) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    with running_rest_server(folder, tls=True) as server:
        options = ("--cacert", str(server.authority))
        location = server.restic_location(unique_name)
        restic = Restic(location, PASSWORD, options, server.environment)
        restic.run("init")
        assert_round_trip(restic, letters, tmp_path / "restored")
        with pytest.raises(urllib.error.URLError) as refused:
            urllib.request.urlopen(server.url, timeout=120)
        assert isinstance(refused.value.reason, ssl.SSLCertVerificationError)


@pytest.mark.slow
def test_an_append_only_server_keeps_what_forget_wants_to_remove(
    rest_server: RestServer, append_only_rest_server: RestServer, letters: Path, unique_name: str
) -> None:
    server = append_only_rest_server
    restic = Restic(server.restic_location(unique_name), PASSWORD, environment=server.environment)
    restic.run("init")
    restic.run("backup", "--quiet", str(letters))
    [snapshot] = restic.snapshots()
    restic.attempt("forget", "--no-lock", str(snapshot["id"]))
    restic.attempt("forget", str(snapshot["id"]))
    assert [one["id"] for one in restic.snapshots()] == [snapshot["id"]]
    owner = Restic(rest_server.restic_location(unique_name), PASSWORD, environment=rest_server.environment)
    owner.run("forget", str(snapshot["id"]))
    assert owner.snapshots() == []


@pytest.mark.slow
def test_restic_works_over_s3(s3_server: S3Server, s3_bucket: str, letters: Path, tmp_path: Path) -> None:
    location = s3_server.restic_location(s3_bucket)
    restic = Restic(location, PASSWORD, environment=s3_server.environment())
    restic.run("init")
    assert_round_trip(restic, letters, tmp_path / "restored")
    wrong = Credentials(s3_server.administrator.access_key, "not-the-secret")
    assert s3_server.request("GET", f"/{s3_bucket}", wrong)[0] == 403
    assert s3_server.request("GET", f"/{s3_bucket}", s3_server.writer)[0] == 200


@pytest.mark.slow
def test_an_object_lock_bucket_can_be_made(s3_server: S3Server, unique_name: str) -> None:
    s3_server.make_bucket(unique_name, object_lock=True)
    with pytest.raises(AssertionError, match="was not made"):
        s3_server.make_bucket("NOT_A_BUCKET_NAME")


def forged_history(count: int) -> list[ForgedSnapshot]:
    return [
        ForgedSnapshot(
            time=MIDNIGHT - timedelta(hours=number),
            tags=("asset=lab/wiki", f"attempt={number}"),
            hostname="db1",
            paths=("/srv/wiki",),
            original="ab" * 32 if number == 0 else None,
            files=number,
            size=number * 1024,
        )
        for number in range(count)
    ]


@pytest.mark.slow
def test_two_thousand_forged_snapshots_are_listed_checked_and_survive_a_dry_run(
    cheap_repository: CheapRepository,
) -> None:
    forged = forge_snapshots(cheap_repository.path, cheap_repository.password, forged_history(2000))
    restic = Restic(str(cheap_repository.path), cheap_repository.password)
    listed = {str(one["id"]): one for one in restic.snapshots()}
    assert set(listed) == set(forged)
    newest = listed[forged[0]]
    assert newest["original"] == "ab" * 32
    assert newest["hostname"] == "db1"
    assert newest["tags"] == ["asset=lab/wiki", "attempt=0"]
    assert datetime.fromisoformat(str(newest["time"])) == MIDNIGHT
    restic.run("check", "--read-data")
    plan = json.loads(
        restic.run("forget", "--dry-run", "--no-lock", "--json", "--group-by", "host", "--keep-daily", "7")
    )
    assert [len(group["keep"]) for group in plan] == [7]
    assert len(restic.snapshots()) == 2000


def test_a_forged_snapshot_restores_as_an_empty_folder(cheap_repository: CheapRepository, tmp_path: Path) -> None:
    [forged] = forge_snapshots(cheap_repository.path, cheap_repository.password, forged_history(1))
    Restic(str(cheap_repository.path), cheap_repository.password).run(
        "restore", forged, "--target", str(tmp_path / "restored")
    )
    assert list((tmp_path / "restored").iterdir()) == []


def test_a_snapshot_without_a_zone_is_not_forged(cheap_repository: CheapRepository) -> None:
    naive = ForgedSnapshot(time=MIDNIGHT.replace(tzinfo=None))
    with pytest.raises(ValueError, match="needs a zone"):
        forge_snapshots(cheap_repository.path, cheap_repository.password, [naive])


def a_letter() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "wiki-db is breached"
    message.set_content("Freshness: three hours old")
    return message


def send(server: SmtpServer) -> None:
    with smtplib.SMTP(server.host, server.port, timeout=120) as client:
        client.send_message(a_letter(), "reconciler@example.org", ["lead@example.org"])


def test_mail_arrives_with_its_envelope(smtp_server: SmtpServer) -> None:
    send(smtp_server)
    [mail] = smtp_server.mails
    assert mail.recipients == ("lead@example.org",)
    assert mail.message["Subject"] == "wiki-db is breached"
    assert "three hours" in mail.message.get_content()


def test_a_refusing_mail_server_keeps_nothing(smtp_server: SmtpServer) -> None:
    smtp_server.refuses = True
    with pytest.raises(smtplib.SMTPDataError):
        send(smtp_server)
    assert smtp_server.mails == []


def test_a_webhook_keeps_requests_and_answers_as_told(webhook: WebhookServer) -> None:
    request = urllib.request.Request(webhook.url, data=b'{"a": 1}', headers={"X-Event": "breach"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        assert answer.status == 200
    webhook.status = 503
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=120)
    refused.value.close()
    assert refused.value.code == 503
    assert [one.body for one in webhook.received] == [b'{"a": 1}'] * 2
    assert webhook.received[0].headers["x-event"] == "breach"
    assert webhook.received[0].path == "/hook"


def test_a_git_repository_commits_at_the_time_it_is_told(
    git_repository: Callable[..., GitRepository],
) -> None:
    policy = git_repository()
    first = policy.commit({"assets/wiki.yaml": "kind: Asset\n"}, at=MIDNIGHT)
    second = policy.commit({"assets/wiki.yaml": "kind: Hold\n"}, "Hold the wiki")
    assert policy.git("rev-list", "main").split() == [second, first]
    assert policy.git("log", "-1", "--format=%ct", first) == f"{MIDNIGHT.timestamp():.0f}"
    assert policy.git("show", f"{first}:assets/wiki.yaml") == "kind: Asset"


def test_a_commit_can_carry_an_ssh_signature(git_repository: Callable[..., GitRepository], tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run([require("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    policy = git_repository()
    policy.commit({"a": "1"}, signed_with=key)
    assert "BEGIN SSH SIGNATURE" in policy.git("cat-file", "commit", "HEAD")


def lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_server_and_its_children_are_gone_when_the_test_fails(tmp_path: Path) -> None:
    port = free_port()
    script = f"setsid sleep 300 & exec {require('rclone')} serve http --config '' --addr 127.0.0.1:{port} ."
    left: list[psutil.Process] = []
    with (
        pytest.raises(RuntimeError, match="the test fails"),
        running(["bash", "-c", script], answers=lambda: listens(port), log=tmp_path / "log") as pid,
    ):
        server = psutil.Process(pid)
        left += [server, *server.children(recursive=True)]
        raise RuntimeError("the test fails")
    assert len(left) == 2
    assert [one for one in left if lives(one)] == []


def test_a_server_that_dies_tells_why(tmp_path: Path) -> None:
    with (
        pytest.raises(ServerFailed, match="no such option"),
        running(["bash", "-c", "echo no such option; exit 3"], answers=lambda: False, log=tmp_path / "log"),
    ):
        pass
