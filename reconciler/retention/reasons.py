"""Why a backup is kept or dropped: a code with its detail, and the words that people read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Code(StrEnum):
    """What keeps a backup, or lets it go; the first twelve are restic's rules."""

    LAST = "last"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    YEARLY = "yearly"
    WITHIN = "within"
    WITHIN_HOURLY = "within-hourly"
    WITHIN_DAILY = "within-daily"
    WITHIN_WEEKLY = "within-weekly"
    WITHIN_MONTHLY = "within-monthly"
    WITHIN_YEARLY = "within-yearly"
    REQUEST = "keep-until"
    HOLD = "hold"
    FLOOR = "floor"
    UNCOUNTED = "uncounted"
    UNKNOWN = "unknown"
    FUTURE = "future-dated"
    UNRULED = "unruled"
    EXPIRED = "expired"


_WORDS = {
    Code.WITHIN_HOURLY: "hourly within {}",
    Code.WITHIN_DAILY: "daily within {}",
    Code.WITHIN_WEEKLY: "weekly within {}",
    Code.WITHIN_MONTHLY: "monthly within {}",
    Code.WITHIN_YEARLY: "yearly within {}",
    Code.FLOOR: "floor: {}",
    Code.UNCOUNTED: "uncounted ({}): kept until it is 14 days old and a counted one follows",
    Code.UNKNOWN: "unknown: kept, because nothing tells whether it is complete",
    Code.FUTURE: "future-dated",
    Code.UNRULED: "no rule keeps it",
    Code.EXPIRED: "uncounted ({}) and expired",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A code and its detail: ``daily`` with ``#3``, ``within`` with ``30d``, ``hold`` with its name."""

    code: Code
    detail: str = ""

    @property
    def text(self) -> str:
        """In words: ``daily #3``, ``hourly within 2d``, ``floor: newest counted``."""
        return _WORDS.get(self.code, f"{self.code} {{}}").format(self.detail)


@lru_cache(maxsize=8192)
def numbered(code: Code, number: int, *, oldest: bool = False) -> Reason:
    """The n-th backup that a counting rule keeps, from the newest; shared, as there are many alike."""
    return Reason(code, f"#{number} (oldest)" if oldest else f"#{number}")


@lru_cache(maxsize=1024)
def spanned(code: Code, span: str, *, oldest: bool = False) -> Reason:
    """Kept because it is younger than a span before the newest."""
    return Reason(code, f"{span} (oldest)" if oldest else span)
