"""Random worlds around one rich policy: everything near the instants at which it matters.

A world is thrown from a number, which is all that hypothesis draws: drawn piece by piece, worlds cost a hundred
times as long, and it is their number that finds things.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from hypothesis import strategies as st

from reconciler.kinds.files import FilesSource
from reconciler.kinds.later import PostgresqlSource
from reconciler.kinds.source import Source
from reconciler.observed.attempts import Attempt, Outcome, Verb
from reconciler.observed.backup import Backup, Verdict
from reconciler.observed.facts import (
    ClockFacts,
    MarkFacts,
    Observed,
    OrphanFacts,
    PageFacts,
    PendingFacts,
    PlacementFacts,
    PolicyFacts,
    Reach,
    RepositoryFacts,
    SuspensionFacts,
    with_beginnings,
)
from reconciler.policy.models.asset import Schedule
from reconciler.policy.models.document import Selector, Window
from reconciler.policy.models.exceptions import BackupRequestSpec, DecommissionSpec, HoldSpec, SuspensionSpec
from reconciler.policy.models.repository import Capacity, Checks, Maintenance
from reconciler.policy.models.retention import RetentionSpec
from reconciler.units.durations import CalendarDuration
from tests.unit.obligations.policies import DAY, GFS, HOUR, NOW, asset, placement, policy, repository

SMALL = RetentionSpec(last=2, daily=2)
TIMED = RetentionSpec(within=CalendarDuration(days=2), weekly=1)
NIGHT = Window(cron="0 12 * * *", duration=3 * HOUR)
POLICY = policy(
    asset("wiki", placement("local", retention=SMALL), placement("nas", "local", rpo=4 * HOUR, retention=SMALL)),
    asset(
        "etc",
        placement("local", rpo=DAY, retention=GFS),
        placement("cold", "local", rpo=8 * DAY, retention=TIMED),
        schedule=Schedule(cron="0 12 * * *", spread=timedelta(minutes=10)),
        source=Source(files=FilesSource(include=("/etc",), full_every=7 * DAY)),
    ),
    asset("db", placement("local"), source=Source(postgresql=PostgresqlSource())),
    asset("far", placement("nas"), host="elsewhere"),
    repositories={
        "local": repository(
            "local",
            checks=Checks(structure=2 * DAY, window=NIGHT),
            maintenance=Maintenance(window=NIGHT),
            capacity=Capacity(size=1000),
        ),
        "cold": repository("cold", keeper="none"),
    },
    requests={"before-upgrade": BackupRequestSpec(asset="wiki", reason="x")},
    holds={
        "audit": HoldSpec(select=Selector(assets=("wiki",)), before=NOW - DAY, reason="x", expires=date(2026, 11, 24))
    },
    suspensions={"move": SuspensionSpec(actions=("forget", "copy"), reason="x", expires=NOW + HOUR)},
    decommissions={
        "old": DecommissionSpec(asset="old", last=date(2026, 11, 23), owner="platform", reason="x"),
        "older": DecommissionSpec(asset="older", last=date(2026, 11, 24), owner="platform", reason="x"),
    },
)


class Dice:
    """Throws the pieces of a world."""

    def __init__(self, number: int) -> None:
        self.random = Random(number)

    def rarely(self) -> bool:
        """Once in six."""
        return self.random.randrange(6) == 0

    def often(self) -> bool:
        """Every other time."""
        return self.random.randrange(2) == 0

    def instant(self) -> datetime:
        """Minutes, hours or days around now, on round numbers so that they meet."""
        steps = self.random.choice(
            [
                timedelta(minutes=self.random.randint(-90, 90)),
                timedelta(hours=self.random.randint(-80, 20)),
                timedelta(days=self.random.randint(-30, 3)),
            ]
        )
        return NOW + steps

    def past(self) -> datetime:
        """Not after now."""
        return min(self.instant(), NOW)

    def perhaps_past(self) -> datetime | None:
        """Or nothing."""
        return self.past() if self.random.randrange(4) else None

    def backups(self, asset: str, repository: str) -> tuple[Backup, ...]:
        """Up to six, newest first; some share their lineage with those of other repositories."""
        found = [self._backup(asset, repository, number) for number in range(self.random.randint(0, 6))]
        return tuple(sorted(found, key=lambda one: (one.time, one.id), reverse=True))

    def _backup(self, asset: str, repository: str, number: int) -> Backup:
        return Backup(
            id=f"{repository}{number}",
            asset=asset,
            repository=repository,
            lineage=f"local{number}" if self.often() else f"{repository}{number}",
            time=self.instant(),
            request="before-upgrade" if self.rarely() else None,
            verdict=self.random.choice([Verdict.COMPLETE, Verdict.COMPLETE, *Verdict]),
            suspicious=self.rarely(),
            accepted=self.rarely(),
            invalidated=self.rarely(),
            restored_at=NOW - DAY if self.rarely() else None,
            keep_until=self.instant() if self.rarely() else None,
        )

    def attempt(self, verb: Verb) -> Attempt:
        """One that ended somehow."""
        at = self.past()
        outcome = self.random.choice(list(Outcome))
        retry = not self.rarely()
        return Attempt("a1", verb, "local", "wiki", at, slot=at, ended=at, outcome=outcome, retry=retry)

    def marks(self, backups: tuple[Backup, ...]) -> dict[str, MarkFacts]:
        """Marks on every other backup."""
        return {one.id: MarkFacts(one.id, self.past(), "expired") for one in backups if self.often()}

    def placement(self, asset: str, repository: str, verb: Verb) -> PlacementFacts:
        """An asset in a repository."""
        there = self.backups(asset, repository)
        return PlacementFacts(
            asset=asset,
            repository=repository,
            backups=there,
            wanted_since=self.perhaps_past(),
            last=self.attempt(verb) if self.often() else None,
            failures=self.random.randint(0, 8) if self.often() else 0,
            marks=self.marks(there),
            credit=self.random.randint(0, 4),
            usual_duration=timedelta(minutes=self.random.randint(1, 60)) if self.rarely() else None,
            changed_at=self.past() if self.rarely() else None,
            running=self.rarely(),
            last_read_all=self.perhaps_past(),
        )

    def repository(self, name: str) -> RepositoryFacts:
        """A repository, mostly ready."""
        reach = self.random.choice([*[Reach.READY] * 8, *Reach])
        measured = self.often()
        return RepositoryFacts(
            name=name,
            reach=reach,
            pinned=None if reach is Reach.NEVER_SEEN and not self.rarely() else "id",
            seen="id",
            trouble_since=None if reach is Reach.READY else self.perhaps_past(),
            damaged=("d",) if self.rarely() else (),
            vanished=("v",) if self.rarely() else (),
            total=1000 if measured else None,
            free=self.random.randint(0, 1000) if measured else None,
            stored=self.random.randint(0, 1200),
            checked_at=self.perhaps_past(),
            check_sound=not self.rarely(),
            pruned_at=self.perhaps_past(),
            forgotten=self.random.randint(0, 2),
            busy_first=self.rarely(),
            last={verb: self.attempt(verb) for verb in Verb if self.rarely()},
            failures={verb: self.random.randint(0, 8) for verb in Verb if self.rarely()},
        )

    def orphan(self, name: str) -> OrphanFacts:
        """What is left of an asset."""
        there = self.backups(name, "local")
        return OrphanFacts(f"iact/{name}", "local", there, self.marks(there), self.random.randint(0, 4))

    def policy(self) -> PolicyFacts:
        """Where the policy stands."""
        pending = (PendingFacts("asset/wiki", "c" * 64, ("p a b",), "why", self.past()),)
        return PolicyFacts(
            head="r2",
            applied=self.random.choice(["r1", "r2", "r2", None]),
            code="policy-invalid" if self.rarely() else "",
            since=self.perhaps_past(),
            pending=pending if self.rarely() else (),
        )

    def world(self) -> Observed:
        """Everything that is observed of the policy above."""
        repositories = {name: self.repository(name) for name in POLICY.repositories}
        placements = {
            (one.name, placed.repository): self.placement(
                one.name, placed.repository, Verb.COPY if placed.copy_of else Verb.BACKUP
            )
            for one in POLICY.assets.values()
            for placed in one.placements
        }
        return Observed(
            repositories=with_beginnings(repositories, placements.values()),
            placements=placements,
            pages={
                name: PageFacts(self.random.choice([name, "other"]), self.past())
                for name in POLICY.assets
                if self.often()
            },
            requests_done={"before-upgrade": "b"} if self.rarely() else {},
            policy=self.policy(),
            clock=ClockFacts(self.instant() if self.often() else None, timedelta(minutes=self.random.randint(0, 6))),
            orphans=tuple(self.orphan(name) for name in ("old", "older", "lost") if self.often()),
            journal_lost=self.rarely(),
            approved_lines=frozenset(f"local local{number}" for number in range(6) if self.rarely()),
            suspensions=(SuspensionFacts("host", (Verb.BACKUP, Verb.FORGET), self.instant()),) if self.rarely() else (),
        )


def worlds() -> st.SearchStrategy[Observed]:
    """Any of them."""
    return st.integers(0, 2**40).map(lambda number: Dice(number).world())
