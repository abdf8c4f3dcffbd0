"""A clock that runs, a fixed step away from this machine's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.kit.clock import SystemClock


@dataclass(frozen=True, slots=True)
class ShiftedClock:
    """Runs like the system's, a fixed step away from it."""

    by: timedelta

    def now(self) -> datetime:
        return SystemClock().now() + self.by

    def monotonic(self) -> float:
        return SystemClock().monotonic()

    def boot(self) -> float | None:
        return None
