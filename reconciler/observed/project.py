"""What entries add up to: rows of failures, usual durations and sizes, the enforced policy; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from reconciler.observed.attempts import Outcome
from reconciler.observed.entries import PolicyEnforced
from reconciler.policy.changes import changed_by
from reconciler.policy.resolved import ResolvedPolicy

REMEMBERED = 10
"""So many successes tell what is usual."""

UNSOUND = "unsound"
"""The code of a check that ran to its end and found damage."""

NOTHING_WRITTEN = frozenset({"source-missing", "source-unsupported", "secret-missing", "tool-missing"})
"""Codes of attempts that failed before the engine wrote anything."""


@dataclass(frozen=True, slots=True)
class Streak:
    """Failures in a row and when the first of them ended."""

    failures: int = 0
    since: datetime | None = None

    def after(self, outcome: Outcome, at: datetime) -> Streak:
        """The row after one more attempt; a success ends it, an abandoned attempt is a failure."""
        if outcome is Outcome.SUCCEEDED:
            return Streak()
        return Streak(self.failures + 1, self.since or at)


@dataclass(frozen=True, slots=True)
class Sample:
    """One success: its seconds and its bytes, where they are known."""

    seconds: float | None = None
    size: int | None = None


def remember(recent: tuple[Sample, ...], sample: Sample) -> tuple[Sample, ...]:
    """The last successes, the newest at the end."""
    return (*recent, sample)[-REMEMBERED:]


def usual_duration(recent: tuple[Sample, ...]) -> timedelta | None:
    """The median of the last successes."""
    found = [sample.seconds for sample in recent if sample.seconds is not None]
    return timedelta(seconds=median(found)) if found else None


def usual_size(recent: tuple[Sample, ...]) -> int | None:
    """The median of the last successes, in bytes."""
    found = [sample.size for sample in recent if sample.size is not None]
    return int(median(found)) if found else None


def policy_after(before: ResolvedPolicy | None, entry: PolicyEnforced) -> ResolvedPolicy:
    """The policy in force after one more entry. Raises ValueError when it changes a policy that was not there."""
    if entry.policy is not None:
        return entry.policy
    if before is None or entry.change is None:
        raise ValueError("no policy was in force before")
    return changed_by(before, entry.change)
