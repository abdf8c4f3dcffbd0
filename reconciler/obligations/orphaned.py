"""Backups whose asset left the policy or a repository: kept, until they are decommissioned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from reconciler.obligations.actions import Action, Chosen, Forget, Mark
from reconciler.obligations.assessment import Assessment, Promise, State
from reconciler.obligations.codes import Code
from reconciler.obligations.holds import day_after, held_by, holds_of
from reconciler.obligations.limits import Limits
from reconciler.obligations.waiting import first_after
from reconciler.observed.backup import Backup
from reconciler.observed.facts import Observed, OrphanFacts
from reconciler.observed.reason import Reason
from reconciler.policy.approval import deletion_line
from reconciler.policy.resolved import ResolvedPolicy

_WHY = "decommissioned"


@dataclass(frozen=True, slots=True)
class Ended:
    """A Decommission: its last date, and the instant at which that date is over."""

    last: date
    ends: datetime


def decommission_of(policy: ResolvedPolicy, asset: str) -> Ended | None:
    """The Decommission of an asset; of several the latest counts."""
    zone = ZoneInfo(policy.settings.time_zone)
    last = max((spec.last for spec in policy.decommissions.values() if spec.asset == asset), default=None)
    return Ended(last, day_after(last, zone)) if last else None


def assess_orphans(observed: Observed, policy: ResolvedPolicy, limits: Limits, now: datetime) -> Iterator[Assessment]:
    """One assessment for each asset and repository in which orphans of this policy lie."""
    for orphan in observed.orphans:
        start = policy.identity("")
        if orphan.identity.startswith(start):
            yield _Orphan(orphan, orphan.identity.removeprefix(start), observed, policy, limits, now).assessment()


@dataclass(frozen=True, slots=True)
class _Orphan:
    """One orphan with all that decides about it."""

    facts: OrphanFacts
    asset: str
    observed: Observed
    policy: ResolvedPolicy
    limits: Limits
    now: datetime

    def assessment(self) -> Assessment:
        """Kept without a Decommission; else marked and forgotten like everything else, as far as it is approved."""
        promise = Promise("retention", self.asset, self.facts.repository, "orphaned")
        ended = decommission_of(self.policy, self.asset)
        count = len(self.facts.backups)
        reason = Reason.of(Code.ORPHANED, count=count)
        if ended is not None and self.asset not in self.policy.assets:
            reason = Reason.of(Code.DECOMMISSIONED, last=str(ended.last), count=count)
            if self.now < ended.ends:
                return Assessment(promise, State.MET, reason, until=ended.ends)
        if not self._may_act():
            return Assessment(promise, State.MET, reason)
        actions = tuple(self._actions(reason, ended))
        state = State.DUE if actions else State.MET
        ends = (hold.ends for hold in holds_of(self.policy, self.asset))
        ripens = (self._ripens(backup) for backup in self.facts.backups if backup.id in self.facts.marks)
        return Assessment(promise, state, reason, until=first_after(self.now, *ends, *ripens), actions=actions)

    def _may_act(self) -> bool:
        spec = self.policy.repositories.get(self.facts.repository)
        ours = spec is not None and spec.keeper == self.limits.host
        return ours and self.observed.repository(self.facts.repository).ready

    def _actions(self, why: Reason, ended: Ended | None) -> Iterator[Action]:
        held = held_by(holds_of(self.policy, self.asset), self.facts.backups, self.now)
        going = [backup for backup in self.facts.backups if backup.id not in held and self._is_let_go(backup, ended)]
        lapsed = tuple(sorted(self.facts.marks.keys() & held.keys()))
        fresh = [backup for backup in going if backup.id not in self.facts.marks]
        ripe = [b for b in going if b.id in self.facts.marks and self.now >= self._ripens(b)]
        if fresh or lapsed:
            newest = self.facts.backups[0].time
            yield Mark(self.asset, self.facts.repository, _chosen(fresh), why, newest, lapsed)
        if ripe:
            due_at = min(self._ripens(backup) for backup in ripe)
            yield Forget(self.asset, self.facts.repository, _chosen(ripe), why, due_at)

    def _is_let_go(self, backup: Backup, ended: Ended | None) -> bool:
        """All of a decommissioned asset; of one that only left this repository, what was approved by name."""
        if self.asset not in self.policy.assets:
            return ended is not None
        line = deletion_line(self.facts.repository, backup.id)
        return backup.id in self.facts.marks or line in self.observed.approved_lines

    def _ripens(self, backup: Backup) -> datetime:
        marked_at = self.facts.marks[backup.id].marked_at
        return max(marked_at + self.limits.grace, backup.time + self.limits.floor.minimum_age)


def _chosen(backups: list[Backup]) -> tuple[Chosen, ...]:
    return tuple(Chosen(backup.id, backup.time, _WHY) for backup in backups)
