"""Clock: who does not know what time it is must not decide what is old."""

from __future__ import annotations

from datetime import timedelta

from reconciler.observed.reason import Reason
from reconciler.plan.context import Context
from reconciler.plan.guards.stops import Deletion, Stop
from reconciler.plan.plan import Blocked

NAME = "clock"
TOLERANCE = timedelta(minutes=5)
_LIFT = "set the clock right, then: reconciler doctor --accept-clock"


def guard(_action: Deletion, context: Context) -> Blocked | None:
    """Stops all deletions when now lies before the journal's newest entry, or wall and boot clock parted."""
    clock = context.observed.clock
    if clock.newest_entry is not None and context.now < clock.newest_entry - TOLERANCE:
        reason = Reason.of(Stop.CLOCK_BEHIND, newest_entry=clock.newest_entry)
        return Blocked(NAME, reason, _LIFT, until=clock.newest_entry - TOLERANCE)
    if abs(clock.jumped) > TOLERANCE:
        return Blocked(NAME, Reason.of(Stop.CLOCK_JUMPED, by=clock.jumped), _LIFT)
    return None
