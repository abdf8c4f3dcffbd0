"""restic dies by itself, with a pass or alone, and leaves a backup that nobody heard of, or a lock."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.errors import RepositoryLocked
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.backup import Verdict
from tests.e2e.world import CANARY, World, make_world
from tests.faults.passing import start_pass, wait_for
from tests.lab.repositories import open_key
from tests.lab.require import require
from tests.lab.restic import Restic

SAVES_AND_DIES = """\
#!/bin/sh
# Saves the backup of one asset, and dies before anybody hears of it.
case "$*" in
*asset=test/docs*)
    if [ -e {root}/deadly ]; then
        {restic} "$@" >/dev/null
        rm {root}/deadly
        {then}
    fi
esac
exec {restic} "$@"
"""
IS_TOO_LATE = """\
#!/bin/sh
# Another action clears the same lock at the same moment, and is faster.
case "$*" in
unlock*)
    {restic} "$@" >/dev/null
    echo "chmod {root}/repositories/local/locks/1cb955: no such file or directory" >&2
    exit 1
esac
exec {restic} "$@"
"""
COMPLAINT = {
    "message_type": "error",
    "error": {"message": "permission denied"},
    "during": "archival",
    "item": "/srv/b",
}
COMPLAINS = f"echo '{json.dumps(COMPLAINT)}' >&2"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """One asset in one repository; its restic is a shim."""
    world = make_world(tmp_path, restic=str(tmp_path / "restic"))
    # At one fixed time of day, so that no slot begins between two passes.
    world.shift = datetime(2026, 11, 25, 12, tzinfo=UTC) - datetime.now(UTC)
    world.data("docs")
    world.policy.commit({"policy.yaml": world.head(), "docs.yaml": world.asset("docs")})
    return world


def shim(world: World, then: str) -> None:
    """``then`` is what it does after saving."""
    program = world.folder / "restic"
    program.write_text(SAVES_AND_DIES.format(root=world.folder, restic=require("restic"), then=then))
    program.chmod(0o755)
    (world.folder / "deadly").touch()


def made_once(world: World) -> None:
    """The repository itself holds one backup of the asset, and the journal one attempt, which made it."""
    assert not (world.folder / "deadly").exists()
    listed = Restic(str(world.folder / "repositories" / "local"), CANARY).snapshots()
    [made] = [one["id"] for one in listed if "asset=test/docs" in str(one["tags"])]
    with world.desk() as desk:
        [attempt] = desk.catalog.attempts("docs", "local")
    assert (attempt.outcome, attempt.backup) == (Outcome.SUCCEEDED, made)
    assert not list((world.folder / "state" / "attempts").iterdir())


@pytest.mark.parametrize("then", ["kill -9 $$", "kill -TERM $$"])
def test_a_backup_whose_restic_died_before_saying_so_is_counted_and_not_made_again(world: World, then: str) -> None:
    shim(world, then)
    assert world.pass_().failures == ()
    world.later(minutes=5)
    assert world.pass_().failures == ()
    made_once(world)
    [backup] = world.facts("docs", "local").backups
    assert backup.counted(backup.time)
    assert backup.files == 2


def test_a_pass_and_its_restic_that_die_together_after_saving_leave_one_counted_backup(world: World) -> None:
    shim(world, "kill -9 $PPID; kill -9 $$")
    log = world.folder / "log"
    assert wait_for(start_pass(world.folder / "host" / "reconciler.yaml", world.shift, log)) < 0
    assert world.pass_().failures == ()
    world.later(minutes=5)
    assert world.pass_().failures == ()
    made_once(world)


def test_what_a_dead_restic_could_not_read_makes_its_backup_degraded(world: World) -> None:
    shim(world, f"{COMPLAINS}; kill -9 $$")
    world.pass_()
    [backup] = world.facts("docs", "local").backups
    assert backup.verdict is Verdict.DEGRADED
    assert not backup.counted(backup.time)


def test_a_restic_that_failed_by_itself_made_no_backup_that_counts(world: World) -> None:
    shim(world, "exit 1")
    [failed] = world.pass_().failures
    assert failed.error is not None
    assert failed.error.code == "engine-failed"
    world.pass_()
    [backup] = world.facts("docs", "local").backups
    assert backup.verdict is Verdict.UNKNOWN


def lock(world: World, host: str, pid: int, age: timedelta = timedelta(seconds=10)) -> Path:
    """An exclusive lock in the first repository, as a prune leaves it that was killed."""
    repository = world.folder / "repositories" / "local"
    taken = (datetime.now(UTC) - age).isoformat()
    fields = {"time": taken, "exclusive": True, "hostname": host, "username": "root", "pid": pid}
    sealed = open_key(repository, CANARY).seal(json.dumps(fields, separators=(",", ":")).encode())
    file = repository / "locks" / hashlib.sha256(sealed).hexdigest()
    file.write_bytes(sealed)
    return file


def test_the_lock_of_a_dead_prune_of_this_host_is_cleared_by_the_next_pass(world: World) -> None:
    shim(world, "")
    (world.folder / "deadly").unlink()
    dead = subprocess.Popen(["true"])
    dead.wait()
    stale = lock(world, os.uname().nodename, dead.pid)
    assert world.pass_().failures == ()
    assert not stale.exists()
    made_once(world)


def test_a_lock_that_another_action_has_just_cleared_is_no_failure(world: World) -> None:
    (world.folder / "restic").write_text(IS_TOO_LATE.format(root=world.folder, restic=require("restic")))
    (world.folder / "restic").chmod(0o755)
    dead = subprocess.Popen(["true"])
    dead.wait()
    stale = lock(world, os.uname().nodename, dead.pid)
    assert world.pass_().failures == ()
    assert not stale.exists()
    made_once(world)


def test_another_host_s_lock_is_left_alone_and_told_with_what_to_do(world: World) -> None:
    shim(world, "")
    stale = lock(world, "elsewhere", 4711, timedelta(days=52))
    result = world.pass_()
    errors = {found.error.code: str(found.error) for found in result.failures if found.error}
    assert set(errors) == {RepositoryLocked.code}
    assert all(found.action.verb is Verb.BACKUP for found in result.failures)
    assert "process 4711 on elsewhere" in errors[RepositoryLocked.code]
    assert "Next: make sure that no restic runs on elsewhere" in errors[RepositoryLocked.code]
    assert stale.exists()
    stale.unlink()
    world.later(minutes=5)
    assert world.pass_().failures == ()
    made_two_tries(world)


def made_two_tries(world: World) -> None:
    """One attempt that failed, one that made the only backup."""
    with world.desk() as desk:
        outcomes = [attempt.outcome for attempt in desk.catalog.attempts("docs", "local")]
    assert outcomes == [Outcome.SUCCEEDED, Outcome.FAILED]
    assert len(world.facts("docs", "local").backups) == 1
