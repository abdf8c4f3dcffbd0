"""What a placement's facts become when something was done to it: the small steps of the simulated world."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from reconciler.obligations.actions import BackUp, Copy, Mark
from reconciler.observed.attempts import Attempt, Outcome
from reconciler.observed.backup import Backup, Verdict
from reconciler.observed.facts import MarkFacts, OrphanFacts, PlacementFacts
from reconciler.plan.guards.budget import credit_after
from reconciler.policy.approval import deletion_line

Held = TypeVar("Held", PlacementFacts, OrphanFacts)


@dataclass(frozen=True, slots=True)
class Result:
    """What becomes of a backup or copy. ``error`` makes it fail; ``size`` is what the backup holds, in bytes."""

    duration: timedelta = timedelta(minutes=5)
    size: int = 1000
    degraded: bool = False
    error: str = ""
    retry: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """A backup or copy with its result, its number, and when it began."""

    action: BackUp | Copy
    result: Result
    began: datetime
    number: int

    @property
    def ended(self) -> datetime:
        """When it ends."""
        return self.began + self.result.duration


def after_backup(facts: PlacementFacts, run: Run, maximum_shrink: float) -> PlacementFacts:
    """A new backup, judged against the newest counted one; one that counts brings a credit."""
    baseline = facts.newest_counted(run.ended)
    least = (baseline.size or 0) * (1 - maximum_shrink) if baseline else 0
    identifier = f"{run.number:08x}"
    made = Backup(
        id=identifier,
        asset=facts.asset,
        repository=facts.repository,
        lineage=identifier,
        time=run.began,
        size=run.result.size,
        files=1,
        request=run.action.request if isinstance(run.action, BackUp) else None,
        verdict=Verdict.DEGRADED if run.result.degraded else Verdict.COMPLETE,
        suspicious=run.result.size < least or run.result.size == 0,
    )
    return _with(_after(facts, run, Outcome.SUCCEEDED), (made,), run)


def after_copy(facts: PlacementFacts, run: Run, originals: Iterable[Backup]) -> PlacementFacts:
    """The copies of these backups."""
    copies = (
        replace(original, id=f"{facts.repository}-{original.lineage}", repository=facts.repository)
        for original in originals
    )
    return _with(_after(facts, run, Outcome.SUCCEEDED), tuple(copies), run)


def after_failure(facts: PlacementFacts, run: Run, outcome: Outcome = Outcome.FAILED) -> PlacementFacts:
    """One more failure in the row."""
    failed = _after(facts, run, outcome)
    return replace(failed, failures=facts.failures + 1, failing_since=facts.failing_since or run.ended)


def after_mark(facts: Held, action: Mark, now: datetime) -> Held:
    """New marks, ended ones gone, the charged ones paid."""
    kept = {name: mark for name, mark in facts.marks.items() if name not in action.lapsed}
    fresh = {one.id: MarkFacts(one.id, now, one.why, one.charged) for one in action.backups}
    charged = sum(one.charged for one in action.backups)
    return replace(facts, marks=kept | fresh, credit=credit_after(facts.credit, 0, charged))


def used_up(action: Mark) -> frozenset[str]:
    """The lines of approvals that this mark consumes."""
    return frozenset(deletion_line(action.repository, one.id) for one in action.backups)


def after_forget(facts: Held, gone: Collection[str]) -> Held:
    """The backups and their marks are gone."""
    return replace(
        facts,
        backups=tuple(backup for backup in facts.backups if backup.id not in gone),
        marks={name: mark for name, mark in facts.marks.items() if name not in gone},
    )


def after_acceptance(facts: PlacementFacts, lineage: str, maximum_shrink: float) -> PlacementFacts:
    """The accepted backup becomes the baseline; what came after it is judged against it again."""
    accepted = next((backup for backup in facts.backups if backup.lineage == lineage), None)
    if accepted is None:
        return facts
    least = (accepted.size or 0) * (1 - maximum_shrink)
    backups = tuple(
        replace(backup, accepted=True)
        if backup is accepted
        else replace(backup, suspicious=backup.suspicious and (backup.size or 0) < least)
        if backup.time > accepted.time
        else backup
        for backup in facts.backups
    )
    gained = sum(b.countable for b in backups) - sum(b.countable for b in facts.backups)
    return replace(facts, backups=backups, credit=credit_after(facts.credit, gained, 0))


def _after(facts: PlacementFacts, run: Run, outcome: Outcome) -> PlacementFacts:
    action = run.action
    attempt = Attempt(
        id=f"attempt-{run.number}",
        verb=action.verb,
        repository=facts.repository,
        asset=facts.asset,
        started=run.began,
        slot=action.slot,
        ended=run.ended,
        outcome=outcome,
        code=run.result.error,
        retry=run.result.retry,
    )
    return replace(facts, last=attempt, running=False)


def _with(facts: PlacementFacts, made: tuple[Backup, ...], run: Run) -> PlacementFacts:
    backups = sorted((*made, *facts.backups), key=lambda backup: (backup.time, backup.id), reverse=True)
    counted = sum(backup.countable for backup in made)
    return replace(
        facts,
        backups=tuple(backups),
        failures=0,
        failing_since=None,
        credit=credit_after(facts.credit, counted, 0),
        usual_duration=run.result.duration,
        usual_size=run.result.size,
    )
