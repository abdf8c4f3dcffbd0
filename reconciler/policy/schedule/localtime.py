"""Wall-clock times of a zone as instants: a nonexistent one shifts forward, an ambiguous one happens once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)


def localise(wall: datetime, zone: ZoneInfo) -> datetime:
    """Naive wall-clock time → aware UTC instant; never decreases as ``wall`` grows.

    A time that the clock skips becomes the end of the gap; of one that it shows twice, the first is meant.
    """
    found = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return found if _shows(found, zone, wall) else _end_of_gap(wall, zone)


def every_instant(wall: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Naive wall-clock time → each instant at which the zone's clock shows it: none, one or two."""
    both = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(sorted(instant for instant in both if _shows(instant, zone, wall)))


def _shows(instant: datetime, zone: ZoneInfo, wall: datetime) -> bool:
    return instant.astimezone(zone).replace(tzinfo=None) == wall


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
