"""The two clocks of the host: noted now and then, and by how much they parted since."""

from __future__ import annotations

from datetime import datetime, timedelta

from reconciler.operations.desk import Desk
from reconciler.plan.guards.clock import TOLERANCE

_CLOCK = "clock"
_NOTED_EVERY = timedelta(hours=1)


def clock_jump(desk: Desk) -> timedelta:
    """By how much wall clock and boot clock parted since both were noted; nothing after a reboot, nor when it is
    no more than clocks that are kept right drift."""
    found = _parted(desk)
    return timedelta(0) if found is None or abs(found) <= TOLERANCE else found


def note_clock(desk: Desk) -> None:
    """Keep both clocks for later passes, now and then. A jump stays noted until somebody accepts the clock."""
    boot, known = desk.clock.boot(), desk.catalog.recall(_CLOCK)
    if boot is None or (known and abs(_parted(desk) or timedelta(0)) > TOLERANCE):
        return
    noted = float(known.split(" ")[1]) if known else None
    if noted is None or not noted <= boot < noted + _NOTED_EVERY.total_seconds():
        remember_clock(desk)


def remember_clock(desk: Desk) -> None:
    """Both clocks are right as they are now."""
    boot = desk.clock.boot()
    if boot is not None:
        desk.catalog.remember(_CLOCK, f"{desk.clock.now().isoformat()} {boot:.1f}")


def _parted(desk: Desk) -> timedelta | None:
    """Wall clock less boot clock since they were noted; None when they were not, or before this boot."""
    boot, known = desk.clock.boot(), desk.catalog.recall(_CLOCK)
    if boot is None or not known:
        return None
    wall_before, boot_before = known.split(" ")
    if boot < float(boot_before):
        return None
    wall = (desk.clock.now() - datetime.fromisoformat(wall_before)).total_seconds()
    return timedelta(seconds=wall - (boot - float(boot_before)))
