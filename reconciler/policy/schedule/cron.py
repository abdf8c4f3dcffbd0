"""Cron lines in a zone: what is valid, which instants they name, and how far apart these can lie."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from reconciler.policy.schedule.localtime import every_instant, localise

_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_DAY = timedelta(days=1)
# Four years hold a leap day and eight changes of the clock; a fixed start keeps the answer one and the same.
_FIRST_DAY = date(2027, 1, 1)
_LAST_DAY = date(2031, 1, 1)


@dataclass(frozen=True, slots=True)
class Cron:
    """A valid line in two halves: the times of a day (``30 2``) and the days (``* * 1-5``)."""

    times: str
    days: str

    @classmethod
    def parse(cls, text: str) -> Cron:
        """Five fields or an alias like ``@daily``. Raises ValueError with a sentence otherwise."""
        return _parse(text)


@lru_cache(maxsize=1024)
def _parse(text: str) -> Cron:
    fields = _ALIASES.get(text.strip(), text).split()
    if len(fields) != 5:
        # cronsim takes six and reads seconds first, which nobody means.
        raise ValueError(
            f"not a cron line: {text!r}; write five fields (minute hour day month weekday) "
            f"or one of {', '.join(sorted(_ALIASES))}"
        )
    found = Cron(" ".join(fields[:2]), " ".join(fields[2:]))
    try:
        comes = next(CronSim(f"{found.times} {found.days}", datetime.combine(_FIRST_DAY, time())), None)
    except CronSimError as error:
        raise ValueError(f"not a cron line: {text!r}: {str(error).lower()}") from None
    if comes is None:
        raise ValueError(f"a cron line that never comes: {text!r}")
    return found


def valid_cron(text: str) -> str | None:
    """None, or the sentence that says what is wrong with the line."""
    try:
        _parse(text)
    except ValueError as error:
        return str(error)
    return None


def latest_slot(cron: Cron, zone: ZoneInfo, at: datetime) -> datetime:
    """The newest instant of the line at or before ``at`` (both aware UTC)."""
    # A clock set back across midnight may show yesterday while a slot of today has passed: begin a day later.
    day = at.astimezone(zone).date() + _DAY
    while True:
        slots = _slots_of_day(cron, zone, day)
        index = bisect_right(slots, at)
        if index:
            return slots[index - 1]
        day = _day_before(cron, day)


def next_slot(cron: Cron, zone: ZoneInfo, after: datetime) -> datetime:
    """The first instant of the line after ``after`` (both aware UTC)."""
    # A slot that the clock skipped at the end of yesterday may come only today: begin a day earlier.
    day = after.astimezone(zone).date() - _DAY
    while True:
        slots = _slots_of_day(cron, zone, day)
        index = bisect_right(slots, after)
        if index < len(slots):
            return slots[index]
        day = _day_after(cron, day)


@lru_cache(maxsize=256)
def largest_gap_of(cron: Cron, zone: ZoneInfo) -> timedelta:
    """The longest time between two neighbouring slots within four years, changes of the clock included."""
    longest = timedelta(0)
    last: datetime | None = None
    inner = _inner_gap(_wall_times(cron.times))
    for day in _days_for_gap(cron):
        start = datetime.combine(day, time())
        ordinary = localise(start + _DAY, zone) - localise(start, zone) == _DAY
        slots = _ends_of_day(cron, zone, day) if ordinary else _slots_of_day(cron, zone, day)
        if not slots:
            continue
        if last is not None:
            longest = max(longest, slots[0] - last)
        longest = max(longest, inner if ordinary else _inner_gap(slots))
        last = slots[-1]
    return longest


def largest_gap(text: str, zone: ZoneInfo) -> timedelta:
    """``largest_gap_of`` for a line as written. Raises ValueError when it is not valid."""
    return largest_gap_of(_parse(text), zone)


@lru_cache(maxsize=512)
def _slots_of_day(cron: Cron, zone: ZoneInfo, day: date) -> tuple[datetime, ...]:
    """The instants of the line whose wall-clock date is ``day``, ascending, each once."""
    if _day_after(cron, day - _DAY) != day:
        return ()
    walls = [datetime.combine(day, wall.time()) for wall in _wall_times(cron.times)]
    if len({wall.hour for wall in walls}) == 24:
        # A line for every hour means real time: it runs as often as the clock shows its minutes.
        return tuple(sorted({instant for wall in walls for instant in every_instant(wall, zone)}))
    return tuple(sorted({localise(wall, zone) for wall in walls}))


def _ends_of_day(cron: Cron, zone: ZoneInfo, day: date) -> tuple[datetime, datetime]:
    walls = _wall_times(cron.times)
    return (
        localise(datetime.combine(day, walls[0].time()), zone),
        localise(datetime.combine(day, walls[-1].time()), zone),
    )


@lru_cache(maxsize=256)
def _wall_times(times: str) -> tuple[datetime, ...]:
    """``"30 2"`` → the times of any day, as instants of one day without changes of the clock."""
    start = datetime(2027, 1, 1, tzinfo=UTC)
    found = []
    for slot in CronSim(f"{times} * * *", start - timedelta(seconds=1)):
        if slot >= start + _DAY:
            break
        found.append(slot)
    return tuple(found)


def _inner_gap(slots: tuple[datetime, ...]) -> timedelta:
    return max((later - earlier for earlier, later in pairwise(slots)), default=timedelta(0))


def _days_for_gap(cron: Cron) -> Iterator[date]:
    """The line's days over four years, and on to the first one after them."""
    for slot in CronSim(f"0 0 {cron.days}", datetime.combine(_FIRST_DAY, time()) - timedelta(seconds=1)):
        yield slot.date()
        if slot.date() >= _LAST_DAY:
            return


@lru_cache(maxsize=4096)
def _day_after(cron: Cron, day: date) -> date:
    """The first of the line's days after ``day``."""
    return next(CronSim(f"0 0 {cron.days}", datetime.combine(day, time()))).date()


@lru_cache(maxsize=4096)
def _day_before(cron: Cron, day: date) -> date:
    """The last of the line's days before ``day``."""
    return next(CronSim(f"0 0 {cron.days}", datetime.combine(day, time()), reverse=True)).date()
