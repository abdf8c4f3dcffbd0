"""Hosts with very many assets and backups: begun through the product itself, filled in bulk, settled by real passes.

What is filled in is what the journal and the looks of that many ordinary days would have left: entries, listings and
their projections, through the product's own tables. The clock of such a host stands.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.filling import Filling, fill
from bench.hosts import Host, StandingClock, make_host, opened_host, settled
from bench.places import WORLDS
from bench.stub import make_stub
from reconciler.execution.board import QuietBoard
from reconciler.operations.beginning import begin_journal
from reconciler.operations.desk import Desk
from reconciler.operations.handing import hands_of
from reconciler.operations.observing import look_at_all, repositories_of, want_placements
from reconciler.operations.passing import settings_fingerprint
from reconciler.operations.places import in_force
from reconciler.operations.policy_update import candidate_of, update_policy
from reconciler.policy.resolved import ResolvedPolicy

REPOSITORIES = 10
SETTLED = "stands-at"
"""The file that says that a fleet is whole, and at which instant it stands."""
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Fleet:
    """A settled host, and the instant at which it stands."""

    host: Host
    at: datetime

    @property
    def clock(self) -> StandingClock:
        """Stands there."""
        return StandingClock(self.at)


def fleet(assets: int, each: int) -> Fleet:
    """The fleet of that size, made once for all rows of a run; ``each`` backups of every asset."""
    folder = WORLDS / f"fleet-{assets}-{each}"
    mark = folder / SETTLED
    if not mark.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _make(folder, assets, each)
    return opened_fleet(folder)


def opened_fleet(folder: Path) -> Fleet:
    """One that was made before."""
    return Fleet(opened_host(folder), datetime.fromisoformat((folder / SETTLED).read_text()))


def _make(folder: Path, assets: int, each: int) -> None:
    stub = make_stub(folder / "bin")
    host = make_host(folder, assets, restic=stub, repositories=REPOSITORIES)
    for path in host.repositories.values():
        # A folder that changed a moment ago is looked at by its names, and they are only in the catalog here.
        os.utime(path / "snapshots", (1_700_000_000, 1_700_000_000))
    now = datetime.now(UTC)
    with host.desk(StandingClock(now - A_DAY * (each + 1))) as desk:
        policy = _begin(desk)
    fill(Filling(Path(host.settings.state), policy, now, each))
    with host.desk(StandingClock(now)) as desk:
        settled(desk)
    (folder / SETTLED).write_text(now.isoformat())


def _begin(desk: Desk) -> ResolvedPolicy:
    """What a first pass does before it acts."""
    begin_journal(desk, lambda: candidate_of(desk))
    state = update_policy(desk)
    if state.policy is None:
        raise RuntimeError(state.facts.problem)
    policy = in_force(desk, state.policy)
    desk.catalog.note_settings(settings_fingerprint(desk.settings), desk.clock.now())
    want_placements(desk, policy)
    looks = look_at_all(hands_of(desk, policy, state, QuietBoard()), repositories_of(policy, desk.settings.host))
    _raise_first(look.error for look in looks.values())
    return policy


def _raise_first(errors: Iterable[Exception | None]) -> None:
    for error in errors:
        if error is not None:
            raise error
