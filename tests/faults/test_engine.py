"""Real restic in real trouble: what it hides is found, what it endures for hours is cut, what it holds is released."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.engines.protocol import OpenRepository
from reconciler.engines.restic.engine import ResticEngine
from reconciler.errors import (
    EngineFailed,
    EngineInterrupted,
    ReconcilerError,
    RepositoryFull,
    RepositoryLocked,
    RepositoryMissing,
    RepositoryUnreachable,
    RestoreUnproven,
    SourceMissing,
    WrongPassword,
)
from reconciler.kit.secrets import Secret
from reconciler.policy.models.location import Location
from tests.contract.places import cheap, in_bucket, make_engine, order, over_rest, over_ssh
from tests.lab.disk import flip_a_bit, restic_without_privileges, small_disk
from tests.lab.ports import free_port
from tests.lab.repositories import CheapRepository, make_repository, open_key
from tests.lab.require import require
from tests.lab.restserver import RestServer
from tests.lab.s3 import S3Server
from tests.lab.sshd import SshServer

SECOND = timedelta(seconds=1)


@pytest.fixture
def engine(tmp_path: Path) -> ResticEngine:
    return make_engine(tmp_path)


@pytest.fixture
def place(cheap_repository: CheapRepository) -> OpenRepository:
    return cheap(cheap_repository)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "page").write_bytes(os.urandom(10_000))
    return folder


def files_of(repository: CheapRepository, kind: str) -> list[Path]:
    return sorted(path for path in (repository.path / kind).rglob("*") if path.is_file())


def write_lock(repository: CheapRepository, host: str, pid: int, age: timedelta, *, exclusive: bool) -> Path:
    fields = (
        f'{{"time":"{(datetime.now(UTC) - age).isoformat()}","exclusive":{str(exclusive).lower()},'
        f'"hostname":"{host}","username":"root","pid":{pid}}}'
    )
    sealed = open_key(repository.path, repository.password).seal(fields.encode())
    digest = subprocess.run(["sha256sum"], input=sealed, capture_output=True, check=True).stdout[:64].decode()
    path = repository.path / "locks" / digest
    path.write_bytes(sealed)
    return path


@contextmanager
def watching_processes() -> Iterator[list[bytes]]:
    """Collects the arguments and the environment of every process that runs meanwhile."""
    seen: set[bytes] = set()
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            for folder in Path("/proc").iterdir():
                if folder.name.isdigit():
                    with suppress(OSError):
                        seen.add((folder / "cmdline").read_bytes() + (folder / "environ").read_bytes())

    thread = threading.Thread(target=look)
    thread.start()
    found: list[bytes] = []
    try:
        yield found
    finally:
        stop.set()
        thread.join()
        found.extend(seen)


def slow_restic(tmp_path: Path) -> Path:
    """restic at 32 MiB a second, so that whoever watches it comes in time; its process id is in the file `pid`."""
    shim = tmp_path / "restic"
    shim.write_text(f'#!/bin/sh\necho $$ > {tmp_path}/pid\nexec {require("restic")} --limit-upload 32768 "$@"\n')
    shim.chmod(0o755)
    return shim


def dead_pid() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_a_wrong_passphrase_is_refused_at_once_and_asks_for_the_right_one(
    engine: ResticEngine, place: OpenRepository
) -> None:
    started = time.monotonic()
    with pytest.raises(WrongPassword, match="Next: give the passphrase"):
        engine.snapshots(replace(place, passphrase=Secret("not the passphrase")))
    assert time.monotonic() - started < 120


def test_a_repository_that_is_gone_is_not_made_anew(
    engine: ResticEngine, place: OpenRepository, cheap_repository: CheapRepository, source: Path
) -> None:
    cheap_repository.path.rename(cheap_repository.path.with_name("away"))
    for act in (lambda: engine.ids(place), lambda: engine.backup(place, order(source)), lambda: engine.prune(place)):
        with pytest.raises(RepositoryMissing, match=r"^place: "):
            act()
    assert not cheap_repository.path.exists()
    assert engine.fingerprint(place) is None
    assert engine.space(place) is None


def test_restic_itself_overlooks_a_missing_path_beside_a_good_one(
    engine: ResticEngine, place: OpenRepository, source: Path, tmp_path: Path
) -> None:
    # Why a source is checked before: here is nothing that the engine could see.
    assert not engine.backup(place, order(source, tmp_path / "gone")).partial
    with pytest.raises(SourceMissing):
        engine.backup(place, order(tmp_path / "gone"))


def test_an_empty_source_is_reported_with_no_files(engine: ResticEngine, place: OpenRepository, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    report = engine.backup(place, order(tmp_path / "empty"))
    assert (report.files, report.size, report.partial) == (0, 0, False)


def test_a_damaged_snapshot_is_in_the_ids_and_not_in_the_listing(
    engine: ResticEngine, place: OpenRepository, cheap_repository: CheapRepository, source: Path
) -> None:
    good, bad = (engine.backup(place, order(source)).id for _ in range(2))
    flip_a_bit(cheap_repository.path / "snapshots" / bad)
    assert [one.id for one in engine.snapshots(place)] == [good]
    assert engine.ids(place) == {good, bad}


@pytest.mark.parametrize("kind", ["config", "keys"])
def test_damage_to_what_everything_needs_is_an_error(
    engine: ResticEngine, place: OpenRepository, cheap_repository: CheapRepository, source: Path, kind: str
) -> None:
    engine.backup(place, order(source))
    for path in [cheap_repository.path / kind] if kind == "config" else files_of(cheap_repository, kind):
        flip_a_bit(path)
    with pytest.raises(ReconcilerError, match=r"^place: "):
        engine.backup(place, order(source))


def test_a_deleted_pack_is_found_by_check_and_restore_but_not_by_backup(
    engine: ResticEngine, place: OpenRepository, cheap_repository: CheapRepository, source: Path, tmp_path: Path
) -> None:
    first = engine.backup(place, order(source))
    for pack in files_of(cheap_repository, "data"):
        pack.unlink()
    again = engine.backup(place, order(source, parent=first.id))
    assert not again.partial
    with pytest.raises(EngineFailed, match=r"^place: restoring: "):
        engine.restore(place, again.id, tmp_path / "back")
    report = engine.check(place)
    assert not report.sound
    assert "does not exist" in report.lines[0]


def test_a_flipped_bit_is_found_by_reading_back_each_part(
    engine: ResticEngine, place: OpenRepository, cheap_repository: CheapRepository, source: Path
) -> None:
    engine.backup(place, order(source))
    largest = max(files_of(cheap_repository, "data"), key=lambda path: path.stat().st_size)
    flip_a_bit(largest)
    verdicts = [engine.check(place, (part, 3)) for part in (1, 2, 3)]
    assert [verdict.sound for verdict in verdicts].count(False) == 1
    [found] = [verdict for verdict in verdicts if not verdict.sound]
    assert largest.name[:8] in " ".join(found.lines)
    assert found.suggestion.startswith("restic repair packs")


def test_an_id_that_does_not_exist_is_an_error_or_nothing(
    engine: ResticEngine, place: OpenRepository, tmp_path: Path
) -> None:
    unknown = "0" * 64
    assert engine.snapshots(place, [unknown]) == ()
    engine.forget(place, [unknown])
    for act in (
        lambda: engine.restore(place, unknown, tmp_path / "back"),
        lambda: engine.contents(place, unknown),
        lambda: engine.dump(place, unknown, "/x", tmp_path / "dumped"),
    ):
        with pytest.raises(EngineFailed, match=r"^place: "):
            act()


def test_unreadable_files_make_a_partial_backup_that_names_them(
    place: OpenRepository, source: Path, tmp_path: Path
) -> None:
    (source / "closed").write_text("closed")
    (source / "closed").chmod(0)
    report = make_engine(tmp_path, program=restic_without_privileges(tmp_path)).backup(place, order(source))
    assert report.partial
    assert report.files == 1
    assert report.unreadable == (str(source / "closed"),)


@pytest.mark.slow
def test_a_full_repository_is_told_within_a_minute_and_recovers_with_room(tmp_path: Path, source: Path) -> None:
    with small_disk(tmp_path / "disk", "24m") as disk:
        repository = make_repository(disk)
        place, engine = cheap(repository), make_engine(tmp_path)
        (source / "large").write_bytes(os.urandom(40 << 20))
        started = time.monotonic()
        with pytest.raises(RepositoryFull, match=r"^place: backing up: .*no space left.*Next: make room"):
            engine.backup(place, order(source))
        assert time.monotonic() - started < 240, "restic alone goes on for 25 minutes"
        (source / "large").write_bytes(b"small")
        for pack in files_of(repository, "data"):
            pack.unlink()
        engine.unlock(place)
        made = engine.backup(place, order(source)).id
        assert engine.ids(place) == {made}


@pytest.mark.slow
def test_a_full_target_of_a_restore_is_not_the_repository_s_fault(
    engine: ResticEngine, place: OpenRepository, source: Path, tmp_path: Path
) -> None:
    (source / "large").write_bytes(os.urandom(8 << 20))
    report = engine.backup(place, order(source))
    with small_disk(tmp_path / "disk", "2m") as disk:
        with pytest.raises(RestoreUnproven, match="no room"):
            engine.restore(place, report.id, disk / "back")
        with pytest.raises(RestoreUnproven, match="no room"):
            engine.dump(place, report.id, str(source / "large"), disk / "dumped")
        assert not (disk / "dumped").exists()


def test_a_target_that_cannot_be_written_is_not_the_repository_s_fault(
    place: OpenRepository, source: Path, tmp_path: Path
) -> None:
    engine = make_engine(tmp_path, program=restic_without_privileges(tmp_path))
    report = engine.backup(place, order(source))
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(RestoreUnproven, match="see that the target can be written"):
        engine.restore(place, report.id, tmp_path / "closed")


def test_a_full_temporary_folder_is_not_the_repository_s_fault(
    engine: ResticEngine, place: OpenRepository, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source / "large").write_bytes(os.urandom(8 << 20))
    with small_disk(tmp_path / "disk", "1m") as disk:
        monkeypatch.setenv("TMPDIR", str(disk))
        with pytest.raises(EngineFailed, match="Next: make room in TMPDIR"):
            engine.backup(place, order(source))


def test_a_passphrase_is_in_no_argument_list_and_no_environment(
    engine: ResticEngine, place: OpenRepository, source: Path, rest_server: RestServer, unique_name: str
) -> None:
    canary = "canary-passphrase-5f2a"
    remote = replace(over_rest(rest_server, unique_name), passphrase=Secret(canary))
    (source / "large").write_bytes(os.urandom(32 << 20))
    with watching_processes() as seen:
        engine.initialise(remote)
        engine.backup(remote, order(source))
        engine.copy(remote, place, list(engine.ids(remote)))
    restics = [text for text in seen if b"--password-file=/dev/fd/" in text]
    assert len(restics) >= 4
    assert not [text for text in restics if canary.encode() in text or rest_server.password.encode() in text]


def test_a_dead_process_s_lock_is_cleared_on_its_own_host(
    place: OpenRepository, cheap_repository: CheapRepository, tmp_path: Path
) -> None:
    write_lock(cheap_repository, os.uname().nodename, dead_pid(), 10 * SECOND, exclusive=True)
    make_engine(tmp_path, lock=0 * SECOND).forget(place, ["0" * 64])
    assert files_of(cheap_repository, "locks") == []


def test_whoever_has_the_number_of_a_dead_process_is_left_in_peace(
    engine: ResticEngine, place: OpenRepository, cheap_repository: CheapRepository
) -> None:
    # restic's unlock sends SIGHUP to that number to learn whether it lives.
    with subprocess.Popen(["sleep", "600"]) as bystander:
        lock = write_lock(cheap_repository, os.uname().nodename, bystander.pid, 10 * SECOND, exclusive=True)
        with pytest.raises(RepositoryLocked, match=r"^place: locked by process .* sleep has"):
            engine.unlock(place)
        assert lock.exists()
        lock.unlink()
        write_lock(cheap_repository, os.uname().nodename, bystander.pid, timedelta(hours=1), exclusive=True)
        engine.unlock(place)
        assert files_of(cheap_repository, "locks") == []
        assert bystander.poll() is None
        bystander.kill()


@pytest.mark.parametrize("minutes", [1, 26, 60 * 24 * 52])
def test_another_host_s_lock_stays_whatever_its_age(
    engine: ResticEngine, place: OpenRepository, cheap_repository: CheapRepository, minutes: int
) -> None:
    lock = write_lock(cheap_repository, "elsewhere", 77, timedelta(minutes=minutes), exclusive=True)
    if minutes > 25:
        with pytest.raises(RepositoryLocked, match=r"process 77 on elsewhere since .* Next: make sure that no restic"):
            engine.unlock(place)
    else:
        engine.unlock(place)
    assert lock.exists()


@pytest.mark.slow
def test_the_lock_of_a_killed_restic_is_cleared_at_once(
    engine: ResticEngine, place: OpenRepository, cheap_repository: CheapRepository, source: Path, tmp_path: Path
) -> None:
    kept = engine.backup(place, order(source)).id
    (source / "large").write_bytes(os.urandom(200 << 20))
    shim = slow_restic(tmp_path)

    def kill_when_it_writes() -> None:
        while not files_of(cheap_repository, "locks") or len(files_of(cheap_repository, "data")) < 4:
            time.sleep(0.01)
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill_when_it_writes)
    killer.start()
    with pytest.raises(EngineInterrupted, match="signal 9"):
        make_engine(tmp_path, program=shim).backup(place, order(source))
    killer.join()
    assert files_of(cheap_repository, "locks") == []
    make_engine(tmp_path, lock=0 * SECOND).prune(place)
    assert engine.ids(place) == {kept}
    assert engine.check(place, (1, 1)).sound


@pytest.mark.slow
def test_a_drained_backup_leaves_neither_a_lock_nor_a_backup(
    place: OpenRepository, cheap_repository: CheapRepository, source: Path, tmp_path: Path
) -> None:
    (source / "large").write_bytes(os.urandom(200 << 20))
    stop = threading.Event()

    def stop_when_it_writes() -> None:
        while len(files_of(cheap_repository, "data")) < 2:
            time.sleep(0.01)
        stop.set()

    thread = threading.Thread(target=stop_when_it_writes)
    thread.start()
    with pytest.raises(EngineInterrupted):
        make_engine(tmp_path, stop, slow_restic(tmp_path)).backup(place, order(source))
    thread.join()
    assert files_of(cheap_repository, "locks") == []
    assert make_engine(tmp_path).ids(place) == frozenset()


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_given_up(
    tmp_path: Path, sshd: SshServer, rest_server: RestServer, s3_server: S3Server
) -> None:
    engine, closed = make_engine(tmp_path, unreachable=2 * SECOND), free_port()
    ssh = over_ssh(replace(sshd, port=closed), tmp_path / "r")
    rest = over_rest(replace(rest_server, port=closed), "r")
    s3 = in_bucket(replace(s3_server, port=closed), "bucket")
    for place in (ssh, rest, s3):
        with pytest.raises(RepositoryUnreachable, match=r"(?i)^place: listing snapshots: .*refused.*Next: "):
            engine.ids(place)


def test_a_server_with_another_key_is_refused(tmp_path: Path, sshd: SshServer) -> None:
    engine, repository = make_engine(tmp_path), over_ssh(sshd, tmp_path / "r")
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ"
    place = repository.location.sftp
    assert place is not None
    wrong = Location(sftp=place.model_copy(update={"host_key": other}))
    with pytest.raises(RepositoryUnreachable, match=r"Host key verification failed.*pin it as hostKey"):
        engine.initialise(replace(repository, location=wrong))


def test_a_server_whose_key_nobody_pinned_is_not_taken_on_trust(tmp_path: Path, sshd: SshServer) -> None:
    with pytest.raises(RepositoryUnreachable, match="Host key verification failed"):
        make_engine(tmp_path).initialise(over_ssh(sshd, tmp_path / "r", pinned=False))
    assert not (tmp_path / "r").exists()


def test_a_private_key_that_the_server_does_not_know_is_told(tmp_path: Path, sshd: SshServer) -> None:
    subprocess.run([require("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    stranger = {"identity": Secret((tmp_path / "key").read_text())}
    with pytest.raises(RepositoryUnreachable, match=r"Permission denied.*Next: see that the keys"):
        make_engine(tmp_path).initialise(replace(over_ssh(sshd, tmp_path / "r"), credentials=stranger))


@pytest.mark.slow
def test_wrong_keys_of_a_server_are_told(
    tmp_path: Path, rest_server: RestServer, s3_server: S3Server, s3_bucket: str, unique_name: str
) -> None:
    engine = make_engine(tmp_path, unreachable=3 * SECOND)
    rest = replace(over_rest(rest_server, unique_name), credentials={"password": Secret("not the password")})
    for place in (rest, in_bucket(s3_server, s3_bucket, secret_key="not-the-secret-key")):
        with pytest.raises(RepositoryUnreachable, match="Next: see that the keys or the password") as caught:
            engine.ids(place)
        assert "not the password" not in str(caught.value)


@pytest.mark.slow
def test_an_append_only_server_s_refusal_to_forget_shows_in_the_next_listing(
    engine: ResticEngine, rest_server: RestServer, append_only_rest_server: RestServer, unique_name: str, source: Path
) -> None:
    place = over_rest(append_only_rest_server, unique_name)
    engine.initialise(place)
    kept = engine.backup(place, order(source)).id
    with suppress(EngineFailed, RepositoryUnreachable):
        engine.forget(place, [kept])
    assert engine.ids(place) == {kept}


def test_a_fingerprint_changes_with_the_listing_and_with_nothing_else(
    engine: ResticEngine, place: OpenRepository, cheap_repository: CheapRepository, source: Path
) -> None:
    past = time.time() - 3600
    os.utime(cheap_repository.path / "snapshots", (past, past))
    empty = engine.fingerprint(place)
    assert empty is not None
    engine.ids(place)
    engine.check(place)
    assert engine.fingerprint(place) == empty
    one = engine.backup(place, order(source)).id
    with_one = engine.fingerprint(place)
    assert with_one != empty
    # Within one tick of the clock: the time of change is the same, the names are not.
    change = (cheap_repository.path / "snapshots").stat().st_mtime_ns
    engine.forget(place, [one])
    engine.backup(place, order(source))
    os.utime(cheap_repository.path / "snapshots", ns=(change, change))
    assert engine.fingerprint(place) != with_one


def test_a_replaced_repository_has_another_fingerprint_and_another_id(
    engine: ResticEngine, place: OpenRepository, cheap_repository: CheapRepository, tmp_path: Path
) -> None:
    before = engine.fingerprint(place), engine.identity(place)
    cheap_repository.path.rename(tmp_path / "away")
    make_repository(tmp_path / "other").path.rename(cheap_repository.path)
    assert engine.fingerprint(place) != before[0]
    assert engine.identity(place) != before[1]
