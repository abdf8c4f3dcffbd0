"""Whole passes on a machine whose clock leaps, steps back, sleeps past slots, or changes its zone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from reconciler.operations.clocks import clock_jump, remember_clock
from reconciler.operations.desk import open_desk
from reconciler.operations.doctoring.accepting import accept_clock
from reconciler.operations.passing import Pass, PassResult
from tests.e2e.world import CANARY, World, make_world
from tests.faults.history import deleted, made, stopped, stored, told, unkept
from tests.lab.clock import LeaptClock
from tests.lab.repositories import ForgedSnapshot, forge_snapshots

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TO_2099 = datetime(2099, 1, 1, tzinfo=UTC) - datetime.now(UTC)
CLOCK = {"clock"}


@dataclass(slots=True)
class Machine:
    """A world on a clock that may be wrong. ``passed`` is the true time since the first pass."""

    world: World
    passed: timedelta = field(default=timedelta(0))

    def pass_(self, by: timedelta = timedelta(0)) -> PassResult:
        """One pass; no failure is expected of a clock."""
        with open_desk(self.world.settings, verb="test", lead=True, clock=LeaptClock(self.passed, by)) as desk:
            result = Pass(desk).run()
        assert told(result) == []
        return result

    def later(self, span: timedelta) -> None:
        self.passed += span
        for name in ("a", "b"):
            (self.world.folder / "data" / "docs" / name).write_text(f"{self.passed}".ljust(20) * 250)

    def known(self) -> int:
        """How many backups of the asset the repository holds."""
        return len(stored(self.world, "local"))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Three hourly backups; the rules keep two, so that each further pass wants to let one go."""
    world = make_world(tmp_path, grace="1m", floor="{minimumRestored: 0, minimumAge: 1m}")
    world.data("docs")
    world.policy.commit({"policy.yaml": world.head(last=2), "docs.yaml": world.asset("docs")})
    machine = Machine(world)
    for _ in range(3):
        machine.pass_()
        machine.later(HOUR)
    return machine


def test_a_leap_to_2099_deletes_nothing_and_its_backup_neither_counts_nor_evicts(machine: Machine) -> None:
    held = stored(machine.world, "local")
    leapt = machine.pass_(TO_2099)
    assert deleted(leapt, "local") == [] and stopped(leapt, "local") == CLOCK
    machine.later(HOUR)
    back = machine.pass_()
    assert stopped(back, "local") == CLOCK, "what the journal says of 2099 lies ahead"
    assert ("docs", "local") in made(back), "a backup of 2099 keeps no promise of today"
    assert unkept(back) == {}
    assert deleted(back, "local") == [] and held < stored(machine.world, "local")
    accept_clock(machine.world.settings, "tester")
    note(machine)
    for _ in range(3):
        machine.later(HOUR)
        result = machine.pass_()
        assert stopped(result, "local") == set() and unkept(result) == {}
        assert ("docs", "local") in made(result)
    assert deleted(result, "local") != [], "deletions go on"
    ahead = [one for one in machine.world.facts("docs", "local").backups if one.time.year == 2099]
    assert len(ahead) == 1, "what is dated ahead stays"


def note(machine: Machine) -> None:
    """Both clocks of this machine are right: what accepting notes, on its own clock."""
    clock = LeaptClock(machine.passed)
    with open_desk(machine.world.settings, verb="test", lead=True, clock=clock) as desk:
        remember_clock(desk)
        assert clock_jump(desk) == timedelta(0)


def test_a_day_back_deletes_nothing_and_when_the_clock_is_right_again_all_goes_on_by_itself(machine: Machine) -> None:
    held = stored(machine.world, "local")
    for _ in range(2):
        wrong = machine.pass_(-DAY)
        assert stopped(wrong, "local") <= CLOCK and deleted(wrong, "local") == []
        machine.later(HOUR)
    assert held <= stored(machine.world, "local")
    before = machine.known()
    right = machine.pass_()
    assert ("docs", "local") in made(right) and machine.known() == before + 1 - deleted(right, "local").count("forget")
    assert unkept(right) == {} and stopped(right, "local") == set()
    machine.later(HOUR)
    assert unkept(machine.pass_()) == {}


@pytest.mark.parametrize("asleep", [8 * HOUR, 20 * DAY])
def test_a_machine_asleep_past_its_slots_makes_one_backup_and_trusts_its_clock(
    machine: Machine, asleep: timedelta
) -> None:
    before = machine.known()
    machine.later(asleep)
    woken = machine.pass_()
    assert made(woken).count(("docs", "local")) == 1
    assert stopped(woken, "local") == set(), "the boot clock slept along"
    assert machine.known() == before + 1 - deleted(woken, "local").count("forget")
    assert unkept(woken) == {}
    again = machine.pass_()
    assert made(again) == []


ADOPTING = """\
  adopt: {host: lab, paths: [/lab], count: true}
"""


def test_days_are_those_of_the_policys_zone_whatever_offset_a_backup_was_made_with(tmp_path: Path) -> None:
    """Two a day in Madrid, whose own offsets put each of them on another day: one a day stays."""
    world = make_world(tmp_path)
    world.data("docs")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    forged = []
    for days in range(1, 5):
        for hour, offset in ((1, -11), (21, 13)):
            time = (today - days * DAY + hour * HOUR).astimezone(timezone(offset * HOUR))
            forged.append(ForgedSnapshot(time, hostname="lab", paths=("/lab",), files=2, size=5000))
    ids = forge_snapshots(world.folder / "repositories" / "local", CANARY, forged)
    head = world.head().replace("spec: {last: 3}", "spec: {daily: 30}")
    world.policy.commit({"policy.yaml": head, "docs.yaml": world.asset("docs") + ADOPTING})
    result = world.pass_()
    assert told(result) == []
    late = set(ids[1::2])
    facts = world.facts("docs", "local")
    assert {one.id for one in facts.backups} > set(ids)
    assert late <= set(world.unmarked("docs", "local")), "the newest of each day in Madrid stays"
    assert set(facts.marks) <= set(ids[0::2])
    assert result.plan is not None
    charged = {one.id for found in result.plan.blocked for one in getattr(found.action, "backups", ())}
    # The oldest of all stays as well while the rule has counts left.
    assert set(facts.marks) | charged == set(ids[0::2]) - {ids[-2]}
