"""Retention: what the policy keeps is kept, the rest is marked, and gone after its grace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.obligations.actions import Action, Chosen, Forget, Mark
from reconciler.obligations.assessment import Assessment, Promise, State
from reconciler.obligations.codes import Code
from reconciler.obligations.copying import wanted
from reconciler.obligations.holds import Hold, held_by
from reconciler.obligations.waiting import A_DAY, Failures, comes_of_age, first_after
from reconciler.observed.attempts import Verb
from reconciler.observed.backups import Backups
from reconciler.observed.facts import Observed, PlacementFacts, Reach, RepositoryFacts
from reconciler.observed.reason import Reason
from reconciler.retention.decide import Decision, Dropped, Terms, decide
from reconciler.units.instants import NEVER


@dataclass(frozen=True, slots=True)
class Target:
    """A repository that copies from this one; the origin waits ``lag`` after a mark for what it would keep."""

    repository: str
    terms: Terms
    lag: timedelta


@dataclass(frozen=True, slots=True)
class Retained:
    """``keeps``: this host forgets there; ``keeper`` who does, ``none`` when nobody."""

    asset: str
    repository: str
    terms: Terms
    grace: timedelta
    keeps: bool = True
    keeper: str | None = None
    holds: tuple[Hold, ...] = ()
    targets: tuple[Target, ...] = field(default=())

    @property
    def promise(self) -> Promise:
        """Its identity."""
        return Promise("retention", self.asset, self.repository)


@dataclass(frozen=True, slots=True)
class _Marked:
    """A dropped backup with its mark: when its grace is over, and how long a copy target may keep it waiting."""

    dropped: Dropped
    ripens: datetime
    waits_until: datetime | None = None
    target: str = ""

    @property
    def ready_at(self) -> datetime:
        """When it may be forgotten."""
        return max(self.ripens, self.waits_until) if self.waits_until else self.ripens


def assess(retained: Retained, observed: Observed, now: datetime) -> Assessment:
    """Decide what is kept, and see how far what is dropped has come: unmarked, in its grace, or to be forgotten."""
    repository = observed.repository(retained.repository)
    if not retained.keeps:
        code = Code.NOBODY_FORGETS if retained.keeper == "none" else Code.KEEPER_ELSEWHERE
        return Assessment(retained.promise, State.MET, Reason.of(code, keeper=retained.keeper))
    if repository.reach is Reach.NEVER_SEEN:
        return Assessment(retained.promise, State.MET, Reason.of(Code.RETAINED, kept=0, marked=0))
    if not repository.ready:
        reason = Reason.of(Code.REPOSITORY_NOT_READY, reach=repository.reach.value, error=repository.code or None)
        return Assessment(retained.promise, State.UNKNOWN, reason, repository.trouble_since)
    facts = observed.placement(retained.asset, retained.repository)
    held = held_by(retained.holds, facts.backups, now)
    decision = decide(facts.backups, retained.terms, now, held)
    return _Judgement(retained, observed, facts, repository, decision, now).assessment()


@dataclass(frozen=True, slots=True)
class _Judgement:
    """One decision of retention beside the marks that exist."""

    retained: Retained
    observed: Observed
    facts: PlacementFacts
    repository: RepositoryFacts
    decision: Decision
    now: datetime

    def assessment(self) -> Assessment:
        """The state, the marks to set and end, and what may be forgotten."""
        marked, wishes_change = self._marked()
        ripe = [one for one in marked if self.now >= one.ready_at]
        actions = (*self._mark(), *self._forget(ripe))
        state, reason, since = self._stand(marked, ripe, actions)
        steps = (step for one in marked for step in (one.ripens, one.ready_at, one.ready_at + A_DAY))
        ends = (hold.ends for hold in self.retained.holds)
        until = min(
            self.decision.until,
            wishes_change,
            comes_of_age(self.facts.backups, self.now),
            first_after(self.now, self._failures().retry_at, *steps, *ends),
        )
        return Assessment(self.retained.promise, state, reason, since, until, actions)

    def _marked(self) -> tuple[list[_Marked], datetime]:
        """What is marked, and when time alone changes what the targets want of it: asked when something is ripe."""
        dropped = [one for one in self.decision.dropped if one.backup.id in self.facts.marks]
        found = {one.backup.id: _Marked(one, self._ripens(one)) for one in dropped}
        changes = NEVER
        ripe = any(one.ripens <= self.now for one in found.values())
        for target in self.retained.targets if ripe else ():
            held = self.observed.placement(self.retained.asset, target.repository).backups
            wishes = wanted(self.facts.backups, held, target.terms, self.now)
            changes = min(changes, wishes.until, comes_of_age(held, self.now))
            for backup in wishes.backups:
                one = found.get(backup.id)
                ends = self.facts.marks[backup.id].marked_at + target.lag if one else None
                if one and ends and (one.waits_until is None or ends > one.waits_until):
                    found[backup.id] = replace(one, waits_until=ends, target=target.repository)
        return list(found.values()), changes

    def _ripens(self, dropped: Dropped) -> datetime:
        mark = self.facts.marks[dropped.backup.id]
        floor = self.retained.terms.floor.minimum_age
        return max(mark.marked_at + self.retained.grace, dropped.backup.time + floor)

    def _failures(self) -> Failures:
        return Failures(
            self.repository.last.get(Verb.FORGET), self.repository.failures.get(Verb.FORGET, 0), self.facts.changed_at
        )

    def _mark(self) -> Iterable[Action]:
        fresh = [d for d in self.decision.dropped if d.backup.id not in self.facts.marks]
        lapsed = self._lapsed()
        if not fresh and not lapsed:
            return
        code, count = (Code.EXPIRED, len(fresh)) if fresh else (Code.LAPSED, len(lapsed))
        newest = self.facts.newest_counted(self.now)
        yield Mark(
            asset=self.retained.asset,
            repository=self.retained.repository,
            backups=tuple(_chosen(dropped, self.now) for dropped in fresh),
            why=Reason.of(code, count=count),
            due_at=newest.time if newest else self.facts.backups[0].time,
            lapsed=lapsed,
        )

    def _lapsed(self) -> tuple[str, ...]:
        """Marked backups that are there and kept."""
        marks = self.facts.marks
        if not marks:
            return ()
        dropped = {one.backup.id for one in self.decision.dropped}
        return tuple(sorted(one for one in Backups.of(self.facts.backups).ids if one in marks and one not in dropped))

    def _forget(self, ripe: list[_Marked]) -> Iterable[Action]:
        retry_at = self._failures().retry_at
        if not ripe or (retry_at and self.now < retry_at):
            return
        yield Forget(
            asset=self.retained.asset,
            repository=self.retained.repository,
            backups=tuple(_chosen(one.dropped, self.now) for one in ripe),
            why=Reason.of(Code.GRACE_OVER, count=len(ripe)),
            due_at=min(one.ready_at for one in ripe),
        )

    def _stand(
        self, marked: list[_Marked], ripe: list[_Marked], actions: tuple[Action, ...]
    ) -> tuple[State, Reason, datetime | None]:
        late = [one for one in ripe if one.waits_until]
        if late:
            reason = Reason.of(Code.COPY_LAG_EXCEEDED, repository=late[0].target, count=len(late))
            return State.BREACHED, reason, min(one.ready_at for one in late)
        overdue = [one.ready_at + A_DAY for one in ripe if self.now >= one.ready_at + A_DAY]
        if overdue:
            return State.BREACHED, Reason.of(Code.OVERDUE, count=len(overdue)), min(overdue)
        waiting = [one for one in marked if one.ripens <= self.now < one.ready_at]
        if waiting:
            until = min(one.ready_at for one in waiting)
            target, count = waiting[0].target, len(waiting)
            return State.DUE, Reason.of(Code.WAITING_FOR_COPY, repository=target, count=count, until=until), None
        if actions:
            return State.DUE, actions[-1].why, None
        reason = Reason.of(Code.RETAINED, kept=self.decision.keeps, marked=len(marked))
        return State.MET, reason, None


def _chosen(dropped: Dropped, now: datetime) -> Chosen:
    """A backup let go by time alone, or one that never counted, costs no credit."""
    backup = dropped.backup
    return Chosen(backup.id, backup.time, dropped.text, charged=backup.counted(now) and not dropped.only_within)
