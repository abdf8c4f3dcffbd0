"""SIGKILL at chosen system calls, by strace: before and after each line of the journal, each engine, each file."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.faults.kills import Killing, killing
from tests.faults.recording import Witness


@dataclass(frozen=True, slots=True)
class Boundary:
    """A system call of the pass (or of its restics), on a file of the state folder or on any. ``quick``: which of
    its occurrences in a thread the ordinary tests take; all take the first ``last``. ``engines``: restic is killed."""

    name: str
    call: str
    file: str = ""
    quick: tuple[int, ...] = (1, 2)
    last: int = 14
    engines: bool = False


BOUNDARIES = (
    Boundary("before an intent or an outcome is written", "pwrite64", "journal.db-wal", (1, 8), 40),
    Boundary("written, not yet synced", "fdatasync", "journal.db-wal", (1, 2, 7), 18),
    Boundary("journalled, not yet in the catalog", "pwrite64", "catalog.db-wal", (1, 20), 40),
    Boundary("an engine has just started", "pidfd_open", "", (1, 2, 9), 16),
    Boundary("the outcome is known, its trail is still there", "unlink", "", (1, 2), 12),
    Boundary("restic saves something", "renameat", "", (2, 3), 8, engines=True),
    Boundary("restic removes something", "unlinkat", "", (1, 2), 10, engines=True),
)


def at_each(world: Killing, boundary: Boundary, whens: tuple[int, ...], witness: Witness) -> None:
    """Kill at these occurrences, one pass after the other, each followed by passes that must mend it."""
    for when in whens:
        world.advance()
        killed = world.kill_at(boundary.call, when, boundary.file, engines=boundary.engines)
        world.converge()
        witness.count(f"killed where {boundary.name}" if killed else "not reached")


@pytest.mark.parametrize("boundary", BOUNDARIES, ids=lambda one: one.call + one.file)
@pytest.mark.timeout(900)
def test_a_kill_at_a_step_s_boundary_costs_and_doubles_nothing(boundary: Boundary, witness: Witness) -> None:
    with killing(hash_of(boundary)) as world:
        at_each(world, boundary, boundary.quick, witness)


@pytest.mark.sweep
@pytest.mark.parametrize("boundary", BOUNDARIES, ids=lambda one: one.call + one.file)
@pytest.mark.timeout(3600)
def test_a_kill_at_every_step_s_boundary_costs_and_doubles_nothing(boundary: Boundary, witness: Witness) -> None:
    with killing(hash_of(boundary)) as world:
        rest = tuple(when for when in range(1, boundary.last + 1) if when not in boundary.quick)
        at_each(world, boundary, rest, witness)


def hash_of(boundary: Boundary) -> int:
    """A seed of its own."""
    return 1000 + BOUNDARIES.index(boundary)
