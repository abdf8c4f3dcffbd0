"""The slots of an asset in a repository: when a backup or copy is due, from policy alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Protocol
from zoneinfo import ZoneInfo

from reconciler.policy.models.asset import SPREAD
from reconciler.policy.resolved import ResolvedAsset, ResolvedPlacement
from reconciler.policy.schedule.cron import Cron, largest_gap_of, latest_slot, next_slot
from reconciler.policy.schedule.localtime import localise

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_MINUTES = 24 * 60
_DIVISORS = tuple(minutes for minutes in range(_MINUTES, 0, -1) if _MINUTES % minutes == 0)


class Slots(Protocol):
    """An endless row of instants that depends on nothing but the policy."""

    def latest(self, at: datetime) -> datetime:
        """The newest slot at or before ``at`` (both aware UTC)."""
        ...

    def next(self, after: datetime) -> datetime:
        """The first slot after ``after`` (both aware UTC)."""
        ...

    @property
    def period(self) -> timedelta:
        """Roughly how far the slots lie apart: the longest gap, changes of the clock aside."""
        ...


@dataclass(frozen=True, slots=True)
class FixedSlots:
    """A slot every ``period`` (less than a day), at ``offset`` after midnight UTC."""

    period: timedelta
    offset: timedelta

    def latest(self, at: datetime) -> datetime:
        """The newest slot at or before ``at``."""
        first = _EPOCH + self.offset
        return first + (at - first) // self.period * self.period

    def next(self, after: datetime) -> datetime:
        """The first slot after ``after``."""
        return self.latest(after) + self.period


@dataclass(frozen=True, slots=True)
class DailySlots:
    """One slot a date, ``offset`` after midnight on the zone's clock."""

    offset: timedelta
    zone: ZoneInfo

    @property
    def period(self) -> timedelta:
        """A day."""
        return _DAY

    def latest(self, at: datetime) -> datetime:
        """The newest slot at or before ``at``."""
        # A clock set back across midnight may show yesterday while a slot of today has passed.
        day = at.astimezone(self.zone).date() + _DAY
        while (slot := self._on(day)) > at:
            day -= _DAY
        return slot

    def next(self, after: datetime) -> datetime:
        """The first slot after ``after``."""
        day = after.astimezone(self.zone).date() - _DAY
        while (slot := self._on(day)) <= after:
            day += _DAY
        return slot

    def _on(self, day: date) -> datetime:
        return localise(datetime.combine(day, time()) + self.offset, self.zone)


@dataclass(frozen=True, slots=True)
class CronSlots:
    """The instants of a cron line (or the openings of a window), each ``shift`` later."""

    cron: Cron
    zone: ZoneInfo
    shift: timedelta

    @property
    def period(self) -> timedelta:
        """The largest gap of the line."""
        return largest_gap_of(self.cron, self.zone)

    def latest(self, at: datetime) -> datetime:
        """The newest slot at or before ``at``."""
        return latest_slot(self.cron, self.zone, at - self.shift) + self.shift

    def next(self, after: datetime) -> datetime:
        """The first slot after ``after``."""
        return next_slot(self.cron, self.zone, after - self.shift) + self.shift


def slots_of(
    asset: ResolvedAsset, placement: ResolvedPlacement, zone: ZoneInfo, policy_name: str
) -> FixedSlots | DailySlots | CronSlots:
    """The slots of the asset in that repository.

    A copy has slots from its own RPO and ignores the asset's schedule, as its data are there already.
    """
    identity = f"{policy_name}/{asset.name}"
    schedule = asset.schedule
    spread = schedule.spread or SPREAD
    if schedule.cron and placement.copy_of is None:
        return CronSlots(Cron.parse(schedule.cron), zone, _share(identity, spread))
    if schedule.window and placement.copy_of is None:
        window = schedule.window
        return CronSlots(Cron.parse(window.cron), zone, _share(identity, window.duration))
    period = fixed_period(placement.rpo, spread)
    offset = _share(identity, period)
    return DailySlots(offset, zone) if period == _DAY else FixedSlots(period, offset)


@lru_cache(maxsize=1024)
def fixed_period(rpo: timedelta, spread: timedelta) -> timedelta:
    """The largest whole-minute divisor of a day that is at most 0.8 × RPO − spread, at least a minute."""
    room = rpo * 4 // 5 - spread
    return next(
        (period for minutes in _DIVISORS if (period := timedelta(minutes=minutes)) <= room),
        timedelta(minutes=1),
    )


def _share(identity: str, whole: timedelta) -> timedelta:
    """Where in ``whole`` this identity stands: whole seconds, the same for ever and on every machine."""
    number = int.from_bytes(sha256(identity.encode()).digest()[:8])
    return timedelta(seconds=number % max(int(whole.total_seconds()), 1))
