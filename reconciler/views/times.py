"""Instants and ages as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


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


def show_age(value: datetime | None, now: datetime) -> str:
    """How long ago, or ``never``."""
    return show_span(now - value) if value else "never"
