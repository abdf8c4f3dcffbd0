"""Windows: whether one is open, and when that changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from reconciler.policy.models.document import Window
from reconciler.policy.schedule.cron import Cron, largest_gap_of, latest_slot, next_slot
from reconciler.units.instants import NEVER


@dataclass(frozen=True, slots=True)
class WindowState:
    """``changes_at`` is when ``open`` turns into its opposite; ``opens_at`` is now when it is open."""

    open: bool
    changes_at: datetime
    opens_at: datetime


def window_state(window: Window | None, zone: ZoneInfo, now: datetime) -> WindowState:
    """The state at ``now`` (aware UTC). No window is always open; at the very end of one it is closed."""
    if window is None:
        return WindowState(open=True, changes_at=NEVER, opens_at=now)
    cron = Cron.parse(window.cron)
    closes = latest_slot(cron, zone, now) + window.duration
    if now >= closes:
        opens = next_slot(cron, zone, now)
        return WindowState(open=False, changes_at=opens, opens_at=opens)
    if window.duration >= largest_gap_of(cron, zone):
        return WindowState(open=True, changes_at=NEVER, opens_at=now)
    # Openings may overlap: it stays open as long as the next one comes before this one's end.
    while (opens := next_slot(cron, zone, closes - window.duration)) <= closes:
        closes = opens + window.duration
    return WindowState(open=True, changes_at=closes, opens_at=now)
