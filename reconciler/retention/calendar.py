"""A zone's wall clock: local hours of many instants at once, and restic's way to subtract calendar spans."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from reconciler.units.durations import CalendarDuration

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
"""Where a span that reaches back beyond the calendar begins."""

_YEAR = 366
_LAST_DAY = date.max.toordinal()


def local_hours(times: Iterable[datetime], zone: ZoneInfo) -> list[int]:
    """UTC datetimes → local hours since 0001-01-01; two are equal when date and hour on the wall are equal.

    Integer division by 24 gives the local day. Raises nothing; other offsets than UTC are converted.
    """
    begins = _day_hours(zone)
    hours = []
    for time in times:
        if time.tzinfo is not UTC:
            time = time.astimezone(UTC)
        day = time.toordinal()
        begin = begins[day]
        if begin is not None:
            hours.append(begin + time.hour)
            continue
        offset = begins.offsets[day]
        if offset is None:
            offset = _offset(time, zone)
        hours.append(day * 24 + (time.hour * 3600 + time.minute * 60 + time.second + offset) // 3600)
    return hours


def subtract(latest: datetime, span: CalendarDuration, zone: ZoneInfo) -> datetime:
    """``latest`` less a calendar span, as restic reckons with Go's ``Time.AddDate`` and then ``Add``.

    Years, months and days count on the zone's wall clock, and a day that its month does not have rolls over:
    31 March less one month is 3 March. Hours are elapsed time. Source: https://pkg.go.dev/time#Time.AddDate
    """
    if latest.year <= span.years + 1:
        return BEGINNING
    local = latest.astimezone(zone)
    months = (local.year - span.years) * 12 + local.month - 1 - span.months
    if months < 12:
        return BEGINNING
    first = date(months // 12, months % 12 + 1, 1).toordinal()
    day = first + local.day - 1 - span.days
    hours = timedelta(hours=span.hours)
    if day < _YEAR + span.hours // 24:
        return BEGINNING
    wall = datetime.combine(date.fromordinal(day), local.time(), tzinfo=UTC)
    return _from_wall(wall, zone) - hours


def _from_wall(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the zone's clocks show ``wall`` (given as if UTC); in gaps and folds Go's choice.

    Source: https://pkg.go.dev/time#Date
    """
    guess = wall - timedelta(seconds=_offset(wall, zone))
    return wall - timedelta(seconds=_offset(guess, zone))


def _offset(time: datetime, zone: ZoneInfo) -> int:
    """Seconds east of UTC at an instant."""
    local = time.astimezone(zone)
    return int((local.utcoffset() or timedelta(0)).total_seconds())


class _DayHours(dict[int, int | None]):
    """UTC day (its ordinal) → the local hour in which it begins; None when its hours are not the zone's, one by one.

    ``offsets`` of the days looked at: seconds east of UTC all that day; None when they change during it.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self.offsets: dict[int, int | None] = {}
        self._zone = zone

    def __missing__(self, day: int) -> int | None:
        # At either end of the calendar the local date may not exist: the offset of a year nearby does.
        inside = min(max(day, _YEAR), _LAST_DAY - _YEAR)
        start = datetime.fromordinal(inside).replace(tzinfo=UTC)
        first = _offset(start, self._zone)
        last = _offset(start.replace(hour=23, minute=59, second=59), self._zone)
        self.offsets[day] = first if first == last else None
        self[day] = found = day * 24 + first // 3600 if first == last and first % 3600 == 0 else None
        return found


@lru_cache(maxsize=64)
def _day_hours(zone: ZoneInfo) -> _DayHours:
    return _DayHours(zone)
