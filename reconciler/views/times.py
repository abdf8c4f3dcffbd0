"""Instants and ages as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reconciler.units.durations import format_duration

_MINUTE = timedelta(minutes=1)
_EXACT_UNTIL = timedelta(minutes=5)


def show_instant(value: datetime | None, zone: ZoneInfo) -> str:
    """``2026-11-24 10:05 CET``, or a dash."""
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z") if value else "–"


def show_span(value: timedelta) -> str:
    """The two largest units, rounded down: ``3d 4h``, ``12m``, ``8s``."""
    rest = max(int(value.total_seconds()), 0)
    parts = []
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"


def show_jump(value: timedelta) -> str:
    """By how much two clocks differ, whichever is ahead: ``2h``; to the nearest minute from five minutes on."""
    apart = abs(value)
    return format_duration(apart if apart < _EXACT_UNTIL else round(apart / _MINUTE) * _MINUTE)


def show_age(value: datetime | None, now: datetime) -> str:
    """How long ago, or ``never``."""
    return show_span(now - value) if value else "never"
