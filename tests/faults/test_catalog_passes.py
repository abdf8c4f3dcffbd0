"""Whole passes over a catalog that is old, locked, or was killed in the middle of its migration."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.errors import CatalogError
from reconciler.operations.doctoring.accepting import accept_vanished
from tests.e2e.world import World
from tests.faults.history import DELETIONS, History, deleted, made, make_history, stored, told, unkept
from tests.faults.recording import Witness
from tests.faults.traced import traced_pass

HOLDS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return make_history(tmp_path_factory.mktemp("catalog") / "world")


@pytest.fixture
def world(history: History) -> World:
    return history.fresh()


def state(world: World) -> Path:
    return world.folder / "state"


@contextmanager
def held(database: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process has a write transaction open in it; it ends with its standard input."""
    command = [sys.executable, "-c", HOLDS, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None and holder.stdout.readline()
            yield holder
        finally:
            holder.kill()


@pytest.mark.parametrize("database", ["journal.db", pytest.param("catalog.db", marks=pytest.mark.sweep)])
def test_a_catalog_that_another_process_holds_for_seconds_is_waited_for(world: World, database: str) -> None:
    before = stored(world, "local")
    with held(state(world) / database) as holder:
        end = threading.Timer(3, holder.kill)
        end.start()
        result = world.pass_()
        end.join()
    assert told(result) == [] and unkept(result) == {}
    assert len(stored(world, "local") - before) == 1


@pytest.mark.sweep
@pytest.mark.timeout(600)
def test_a_catalog_that_stays_locked_for_a_minute_is_told_with_who_holds_it_and_costs_nothing(world: World) -> None:
    before = stored(world, "local")
    with held(state(world) / "journal.db") as holder:
        refused = world.pass_()
    assert {type(one.error) for one in refused.failures} == {CatalogError}
    for one in refused.failures:
        assert f"locked by process {holder.pid}" in one.line and "Next: " in one.line and "\n" not in one.line
    assert not any(one.action.verb in DELETIONS for one in refused.done)
    assert stored(world, "local") == before
    world.later(minutes=5)
    result = world.pass_()
    assert told(result) == [] and unkept(result) == {}
    assert len(stored(world, "local") - before) == 1


def test_an_older_copy_of_the_state_keeps_what_it_does_not_know_and_goes_on(world: World) -> None:
    shutil.copytree(state(world), world.folder / "old")
    for _ in range(2):
        assert told(world.pass_()) == []
        world.later(hours=1)
    shutil.rmtree(state(world))
    (world.folder / "old").rename(state(world))
    there = stored(world, "local")
    restored = world.pass_()
    assert told(restored) == []
    assert ("docs", "local") in made(restored)
    assert unkept(restored) == {"repository local": "vanished", "repository second": "vanished"}, "what it forgot since"
    assert deleted(restored, "local") == []
    unknown = there - {backup.id for backup in world.facts("docs", "local").backups if backup.counted(backup.time)}
    assert unknown
    for name in ("local", "second"):
        accept_vanished(world.settings, name, "tester", "the state is an older copy")
    for _ in range(3):
        world.later(hours=1)
        result = world.pass_()
        assert told(result) == [] and unkept(result) == {}
    assert unknown <= stored(world, "local"), "what the journal does not know is never deleted"
    assert "forget" in deleted(result, "second"), "what it knows goes on"


KILLS = (2, 7)


def test_a_migration_that_is_killed_is_done_by_the_next_pass(world: World, witness: Witness) -> None:
    for when in KILLS:
        before = stored(world, "local")
        for file in state(world).glob("catalog.db*"):
            file.unlink()
        killed, said = traced_pass(world, "pwrite64", f"signal=SIGKILL:when={when}", "catalog.db", "catalog.db-wal")
        assert "Traceback" not in said
        world.later(minutes=2)
        result = world.pass_()
        assert told(result) == [] and unkept(result) == {}
        assert len(stored(world, "local") - before) == 1
        witness.count("migrations killed" if killed else "not reached")
        world.later(hours=1)
