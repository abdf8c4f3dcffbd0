"""Capacity: a repository has room; what cannot be measured is unknown, never met."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.obligations.assessment import Assessment, Promise, State
from reconciler.obligations.codes import Code
from reconciler.observed.facts import Observed, Reach, RepositoryFacts
from reconciler.observed.reason import Reason


@dataclass(frozen=True, slots=True)
class Capacity:
    """``size`` in bytes counts where the place cannot be measured; the other two are shares of free space."""

    repository: str
    warn_below: float
    critical_below: float
    size: int | None = None

    @property
    def promise(self) -> Promise:
        """Its identity."""
        return Promise("capacity", repository=self.repository)


def assess(capacity: Capacity, observed: Observed, _now: datetime) -> Assessment:
    """The share of free space against the two thresholds."""
    facts = observed.repository(capacity.repository)
    if facts.reach is Reach.NEVER_SEEN:
        return Assessment(capacity.promise, State.DUE, Reason.of(Code.NOT_INITIALISED))
    if not facts.ready:
        reason = Reason.of(Code.REPOSITORY_NOT_READY, reach=facts.reach.value, error=facts.code or None)
        return Assessment(capacity.promise, State.UNKNOWN, reason, facts.trouble_since)
    room = measured(facts, capacity.size)
    if room is None:
        return Assessment(capacity.promise, State.UNKNOWN, Reason.of(Code.UNMEASURABLE))
    free, total = room
    if free < total * capacity.critical_below:
        reason = Reason.of(Code.CRITICAL, free=free, total=total, below=capacity.critical_below)
        return Assessment(capacity.promise, State.BREACHED, reason)
    if free < total * capacity.warn_below:
        reason = Reason.of(Code.LOW, free=free, total=total, below=capacity.warn_below)
        return Assessment(capacity.promise, State.DUE, reason)
    return Assessment(capacity.promise, State.MET, Reason.of(Code.ROOM, free=free, total=total))


def measured(facts: RepositoryFacts, size: int | None) -> tuple[int, int] | None:
    """Free and total bytes: as measured, else the policy's size less what is stored; None when neither is known."""
    if facts.free is not None and facts.total:
        return facts.free, facts.total
    if size is not None and facts.stored is not None:
        return max(size - facts.stored, 0), size
    return None


def fits(expected: int | None, free: int | None) -> bool:
    """Whether a backup that will add ``expected`` bytes has room; what is not known is tried."""
    return expected is None or free is None or expected <= free
