"""Clocks that can be trusted: what is old is decided by them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from reconciler.operations.doctoring.finding import Finding, error, ok
from reconciler.operations.doctoring.scene import Scene
from reconciler.plan.guards.clock import TOLERANCE
from reconciler.views.times import show_jump

EARLIEST = datetime(2024, 1, 1, tzinfo=UTC)
"""This program was not written before: an earlier time is a machine without a clock."""


def clock_findings(scene: Scene) -> Iterator[Finding]:
    """Now against the journal's newest entry, and wall clock against boot clock since the last pass."""
    now, clock = scene.desk.clock.now(), scene.clock
    remedy = "set the clock right (timedatectl); if it is right now: reconciler doctor --accept-clock"
    if now < EARLIEST:
        yield error("clock", f"it says {now:%Y-%m-%d}", "set the clock right (timedatectl)")
    elif clock.newest_entry and now < clock.newest_entry - TOLERANCE:
        ahead = show_jump(clock.newest_entry - now)
        yield error("clock", f"the journal's newest entry is {ahead} in the future, so nothing is deleted", remedy)
    elif abs(clock.jumped) > TOLERANCE:
        by = show_jump(clock.jumped)
        yield error("clock", f"it jumped by {by} since the last pass, so nothing is deleted", remedy)
    else:
        yield ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")
