"""Clocks that run a step away from this machine's: moved for a test, leapt, or slept through."""

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


@dataclass(frozen=True, slots=True)
class LeaptClock:
    """The clock of a machine on which so much time has passed since the test began, all of it asleep.

    ``by`` is how wrong its wall clock is now: its boot clock knows better.
    """

    passed: timedelta
    by: timedelta = timedelta(0)

    def now(self) -> datetime:
        return SystemClock().now() + self.passed + self.by

    def monotonic(self) -> float:
        return SystemClock().monotonic()

    def boot(self) -> float | None:
        boot = SystemClock().boot()
        return None if boot is None else boot + self.passed.total_seconds()
