"""Where time comes from: pure rooms take `now` as a parameter, the edge asks one of these clocks."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Three times: the calendar's, one for deadlines, and one that no suspend or wall-clock leap moves."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds for measuring and for deadlines; never goes back."""
        ...

    def boot(self) -> float | None:
        """Seconds since boot, suspends included; None where it says nothing about `now` (a fixed clock)."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def boot(self) -> float | None:
        try:
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        except (AttributeError, OSError):  # only Linux has it
            return None


@dataclass(frozen=True, slots=True)
class FixedClock:
    """Stands at one instant: `plan --at`. Deadlines run on; the boot clock cannot be compared with it."""

    at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", _utc(self.at))

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return time.monotonic()

    def boot(self) -> float | None:
        return None


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"an instant needs its offset: {value.isoformat()}")
    return value.astimezone(UTC)
