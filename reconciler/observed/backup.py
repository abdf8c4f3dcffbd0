"""A backup as it is observed, and what it counts for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SKEW = timedelta(minutes=5)
"""A backup dated later than now plus this is in the future: it never counts and never evicts."""


class Verdict(StrEnum):
    """Given once, at birth; ``UNKNOWN`` means that no journal entry judged it."""

    COMPLETE = "complete"
    DEGRADED = "degraded"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Backup:
    """One restore point of an asset in a repository.

    ``id`` is the engine's full id, ``lineage`` the original's id for a copy and its own id otherwise;
    ``time`` the start of the capture (aware UTC); ``size`` bytes and ``files`` as the engine counted them,
    None when it does not say. ``zone_offset`` minutes east of UTC are kept because restic groups by them.
    """

    id: str
    asset: str
    repository: str
    lineage: str
    time: datetime
    size: int | None = None
    files: int | None = None
    attempt: str | None = None
    request: str | None = None
    verdict: Verdict = Verdict.UNKNOWN
    suspicious: bool = False
    accepted: bool = False
    adopted: bool = False
    invalidated: bool = False
    read_at: datetime | None = None
    restored_at: datetime | None = None
    keep_until: datetime | None = None

    def in_future(self, now: datetime) -> bool:
        """Dated later than any clock error explains."""
        return self.time > now + SKEW

    def present(self, now: datetime) -> bool:
        """Satisfies the schedule: complete or degraded, not in the future, not invalidated."""
        known = self.verdict in (Verdict.COMPLETE, Verdict.DEGRADED) or self.adopted
        return known and not self.in_future(now) and not self.invalidated

    def counted(self, now: datetime) -> bool:
        """Satisfies promises, enters retention and may evict others."""
        return self.countable and not self.in_future(now)

    @property
    def countable(self) -> bool:
        """Counted as soon as its time is not in the future."""
        if self.invalidated:
            return False
        if self.verdict is Verdict.COMPLETE or self.adopted:
            return self.accepted or not self.suspicious
        return self.accepted and self.verdict is Verdict.DEGRADED

    @property
    def is_copy(self) -> bool:
        """Made by copying from another repository."""
        return self.lineage != self.id
