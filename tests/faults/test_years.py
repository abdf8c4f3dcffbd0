"""Simulated years: outages, two-time nights, assets that come and go; no pruning jams, no slot is doubled or missed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import pytest

from reconciler.obligations.actions import BackUp, Copy
from reconciler.obligations.limits import Limits
from reconciler.observed.attempts import Verb
from reconciler.plan.simulated import Result
from reconciler.policy.models.asset import Schedule
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.resolved import ResolvedPlacement
from reconciler.units.durations import CalendarDuration
from tests.faults.recording import Witness
from tests.unit.obligations.policies import DAY, GFS, HOST, HOUR, asset, placement, policy
from tests.unit.plan.fleets import START, assert_kept_as_decided, between, count, fleet, made, run, slots

LONG = RetentionSpec(daily=14, weekly=8, monthly=12, yearly=3)
NIGHT = Schedule(cron="30 2 * * *", spread=timedelta(seconds=1))
WIKI = asset("wiki", placement("local"), placement("nas", "local"))
LOGS = asset("logs", placement("local", retention=RetentionSpec(last=48, within=CalendarDuration(days=3))))
ETC = asset("etc", placement("local", rpo=DAY, retention=LONG), placement("nas", "local", rpo=DAY, retention=LONG))
NIGHTLY = asset("nightly", placement("local", rpo=26 * HOUR, retention=LONG), schedule=NIGHT)
NOON = asset(
    "noon", placement("local", rpo=DAY, retention=RetentionSpec(daily=7)), schedule=Schedule(cron="0 12 * * *")
)
ARCHIVE = asset(
    "archive",
    placement("local", rpo=7 * DAY, retention=RetentionSpec(weekly=3)),
    placement("cold", "local", rpo=8 * DAY, retention=RetentionSpec(last=2)),
)
RARE_COPY = asset(
    "mail",
    placement("local", rpo=4 * HOUR, retention=GFS),
    placement("cold", "local", rpo=DAY, retention=RetentionSpec(daily=5)),
)
FLEETS = {
    "daily": ((ETC, NIGHTLY), NOON),
    "hourly": ((WIKI,), LOGS),
    "mixed": ((ETC, ARCHIVE, RARE_COPY, NIGHTLY), WIKI),
}
"""The assets that are there all the time, and one that comes, goes and comes back."""


@dataclass(frozen=True, slots=True)
class Absence:
    """Days from the begin on which the host is off, or a repository away."""

    begin: float
    days: float
    repository: str = ""


# The clocks go back on day 54 and forward on day 208; one outage lies over each of them.
ABSENCES = (
    Absence(20, 1), Absence(52.2, 7, "nas"), Absence(90, 7), Absence(130.4, 20), Absence(170, 1, "local"),
    Absence(205.6, 7), Absence(250.3, 20, "local"), Absence(310, 20, "nas"), Absence(350.7, 1),
)  # fmt: skip
COMES, GOES, RETURNS, END = 40, 160, 290, 400


class Year:
    """One fleet through its year, and when it could not work."""

    def __init__(self, kind: str, seed: int) -> None:
        self.staying, self.guest = FLEETS[kind]
        self.chance = Random(seed)
        self.simulated = fleet(policy(*self.staying), self.conduct, limits=Limits(HOST))
        self.away: list[tuple[datetime, datetime, str]] = []
        self.flaws: dict[tuple[str, str], list[datetime]] = {}

    def conduct(self, action: BackUp | Copy, now: datetime) -> Result:
        """What runs takes a while, grows and shrinks a little, fails at times, and misses a file at times."""
        duration = timedelta(minutes=self.chance.uniform(1, 12))
        fate = self.chance.random()
        if fate < 0.02:
            self.flaws.setdefault((action.asset, action.repository), []).append(now)
        if fate < 0.01:
            return Result(duration, error="the source did not answer")
        return Result(duration, size=self.chance.randint(900, 1100), degraded=fate < 0.02)

    def live(self) -> None:
        """All that happens, in its order."""
        events: list[tuple[float, Absence | bool]] = [(one.begin, one) for one in ABSENCES]
        events += [(COMES, True), (GOES, False), (RETURNS, True)]
        for day, event in sorted(events, key=lambda found: found[0]):
            run(self.simulated, START + day * DAY)
            if isinstance(event, Absence):
                self._miss(event)
            else:
                self.simulated.change(policy(*self.staying, *((self.guest,) if event else ())))
        self.away.append((START + GOES * DAY, START + RETURNS * DAY, self.guest.name))
        run(self.simulated, START + END * DAY)

    def _miss(self, absence: Absence) -> None:
        off, on = self.simulated.now, self.simulated.now + absence.days * DAY
        if not absence.repository:
            self.simulated.sleep(on)
        elif absence.repository in self.simulated.repositories:
            self.simulated.lose(absence.repository)
            run(self.simulated, on)
            self.simulated.regain(absence.repository)
        self.away.append((off, on, absence.repository))

    def assert_slots(self, name: str, placed: ResolvedPlacement) -> None:
        """Each slot has one backup or copy, none has two; after an absence one catches up."""
        row = slots(self.simulated, name, placed.repository)
        began = made(self.simulated, name, placed.repository, Verb.COPY if placed.copy_of else Verb.BACKUP)
        taken = Counter(row.latest(instant) for instant in began)
        assert {slot: number for slot, number in taken.items() if number > 1} == {}
        due = between(row, began[0], self.simulated.now - HOUR)
        missed = [slot for slot in due if slot not in taken and self._could(name, placed, slot, row.next(slot))]
        assert missed == [], f"{name} in {placed.repository}"

    def _could(self, name: str, placed: ResolvedPlacement, slot: datetime, following: datetime) -> bool:
        """Whether host, asset and repositories were there with time to spare, and the origin had something new."""
        concerned = {"", name, placed.repository, placed.copy_of}
        if any(off - HOUR < slot < on + HOUR for off, on, place in self.away if place in concerned):
            return False
        if not placed.copy_of:
            return True
        period = slots(self.simulated, name, placed.copy_of).period
        return not any(slot - period <= flaw <= following for flaw in self.flaws.get((name, placed.copy_of), ()))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("kind", "seed"),
    [
        ("daily", 0),
        *(pytest.param(kind, seed, marks=pytest.mark.sweep) for kind in FLEETS for seed in (1, 2)),
    ],
)
def test_a_year_of_outages_jams_no_pruning_and_fills_each_slot_once(kind: str, seed: int, witness: Witness) -> None:
    year = Year(kind, seed)
    year.live()
    simulated = year.simulated
    witness.count("actions", len(simulated.done))
    assert simulated.blocked == [], simulated.blocked[0]
    assert simulated.plan().blocked == ()
    for name in sorted(simulated.policy.assets):
        for placed in simulated.policy.assets[name].placements:
            year.assert_slots(name, placed)
    assert_kept_as_decided(simulated)
    assert count(simulated, Verb.FORGET) > 100
    assert count(simulated, Verb.INITIALISE) == len(simulated.repositories)
