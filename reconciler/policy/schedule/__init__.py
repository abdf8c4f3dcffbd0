"""Schedule arithmetic: slots of backups and copies, cron lines and windows, from policy and zone alone."""

from reconciler.policy.schedule.cron import largest_gap, valid_cron
from reconciler.policy.schedule.slots import (
    CronSlots,
    DailySlots,
    FixedSlots,
    Slots,
    fixed_period,
    slots_of,
)
from reconciler.policy.schedule.window import WindowState, window_state

__all__ = [
    "CronSlots",
    "DailySlots",
    "FixedSlots",
    "Slots",
    "WindowState",
    "fixed_period",
    "largest_gap",
    "slots_of",
    "valid_cron",
    "window_state",
]
