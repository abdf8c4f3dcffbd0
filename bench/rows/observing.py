"""Looking at a repository with very many snapshots: when nothing has changed there, and when a hundred are new."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.hosts import PASSPHRASE, Host, make_host
from bench.measuring import Cost, Stopwatch, command, measured, middle
from bench.places import scratch, small_environment
from bench.readings import Other, Outcome, Reading, Row
from reconciler.execution.board import QuietBoard
from reconciler.execution.hands import Hands
from reconciler.execution.observe import Look, look
from reconciler.observed.facts import Reach
from reconciler.operations.beginning import begin_journal
from reconciler.operations.handing import hands_of
from reconciler.operations.places import in_force
from reconciler.operations.policy_update import candidate_of, update_policy
from tests.lab.repositories import ForgedSnapshot, forge_snapshots

REPOSITORY = "r00"
FIRST = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Place:
    """A repository full of snapshots, and what looks at it."""

    host: Host
    hands: Hands
    ids: list[str]

    @property
    def path(self) -> Path:
        return self.host.repositories[REPOSITORY]

    def forge(self, count: int) -> list[str]:
        """Add so many snapshots, by ten assets in turn; gives their ids."""
        there = len(self.ids)
        entries = (
            ForgedSnapshot(
                FIRST + timedelta(minutes=number),
                (f"asset=bench/asset-{number % 10:06d}", f"attempt={number:020x}", "tool=reconciler"),
                "here",
                (str(self.host.data[number % 10]),),
                files=3,
                size=5000,
            )
            for number in range(there, there + count)
        )
        made = forge_snapshots(self.path, PASSPHRASE, entries)
        self.ids += made
        # As if it had been so for a while: a folder that changed a moment ago is looked at by its names.
        os.utime(self.path / "snapshots", (time.time() - 60, time.time() - 60 + there % 1000 / 1000))
        return made

    def look(self, *, thorough: bool = False) -> Look:
        found = look(self.hands, REPOSITORY, thorough=thorough)
        if found.reach is not Reach.READY:
            raise RuntimeError(f"the repository is {found.reach.value}: {found.error}")
        return found

    def restic(self, *words: str) -> Cost:
        """The bare engine's cost."""
        given = small_environment(RESTIC_REPOSITORY=str(self.path), RESTIC_PASSWORD=PASSPHRASE)
        return command(("restic", "--no-cache", "--no-lock", *words), given)


@contextmanager
def full_place(count: int) -> Iterator[Place]:
    """A repository of so many snapshots that was looked at once."""
    with scratch("observe") as folder:
        host = make_host(folder / "host", 10)
        with host.desk() as desk:
            begin_journal(desk, lambda: candidate_of(desk))
            state = update_policy(desk)
            if state.policy is None:
                raise RuntimeError(state.facts.problem)
            hands = hands_of(desk, in_force(desk, state.policy), state, QuietBoard())
            place = Place(host, hands, [])
            place.forge(count)
            place.look()
            place.look()
            yield place


def unchanged(quick: bool) -> Outcome:
    """A look when nothing has changed."""
    count = 10_000 if quick else 100_000
    with full_place(count) as place:
        ours = _median_of(20, place.look)
        listing = place.restic("list", "snapshots")
        full = place.restic("snapshots", "--json")
        scan = _median_of(5, lambda: sum(1 for _ in os.scandir(place.path / "snapshots")))
    others = (
        Other("list snapshots", listing.wall * 1000),
        Other("snapshots --json", full.wall * 1000),
        Other("a directory scan", scan.wall * 1000),
    )
    return Outcome(
        (
            Reading("", ours.wall * 1000, "ms", 20, others=others),
            Reading("CPU", ours.cpu * 1000, "ms"),
        )
    )


def fresh(quick: bool) -> Outcome:
    """A look that goes through restic alone, with a hundred new snapshots each time."""
    count, runs = (10_000, 2) if quick else (100_000, 5)
    ours, floors = Stopwatch(), []
    with full_place(count) as place:
        for _ in range(runs):
            new = place.forge(100)
            listing, reading = place.restic("list", "snapshots"), place.restic("snapshots", "--json", *new)
            floors.append(Cost(listing.wall + reading.wall, listing.cpu + reading.cpu))
            with measured(ours):
                found = place.look(thorough=True)
            if not found.changed:
                raise RuntimeError("the new snapshots were not seen")
    mine, floor = middle(ours.costs), middle(floors)
    others = (Other("list snapshots + snapshots ID…", floor.wall),)
    return Outcome(
        (
            Reading("", mine.wall, "s", 1.5, relative=True, others=others),
            Reading("CPU", mine.cpu, "s", others=(Other("the same two", floor.cpu),)),
        )
    )


def _median_of(runs: int, act: Callable[[], object]) -> Cost:
    watch = Stopwatch()
    for _ in range(runs):
        with measured(watch):
            act()
    return middle(watch.costs)


ROWS = (
    Row("observe-unchanged", "observe an unchanged local repository with 100 000 snapshots", "≤ 20 ms", unchanged),
    Row(
        "observe-new",
        "observe 100 new among 100 000, through restic only",
        "≤ 1.5 × (`list snapshots` + `snapshots ID…`)",
        fresh,
    ),
)
