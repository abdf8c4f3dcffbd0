"""Instants and durations as command line values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click
from typing_extensions import override

from reconciler.units.durations import parse_duration
from reconciler.units.instants import parse_instant

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Beyond these a time is a typing error, and reckoning with it leaves the calendar."""


class TimeType(click.ParamType[datetime]):
    """``2026-11-24T10:00:00Z``; without an offset it is UTC."""

    name = "time"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        given = str(value).strip()
        text = given.replace(" ", "T")
        if not (text.endswith("Z") or "+" in text[10:] or "-" in text[10:]):
            text += "Z" if "T" in text else "T00:00:00Z"
        try:
            found = parse_instant(text)
        except ValueError:
            self.fail(f"not a time: {given!r}; write it like 2026-11-24T10:00:00Z or 2026-11-24", param, ctx)
        if not EARLIEST <= found < LATEST:
            self.fail(f"not a time between 1970 and 2200: {given!r}", param, ctx)
        return found


class DurationType(click.ParamType[timedelta]):
    """``90s``, ``15m``, ``1h``, ``7d``."""

    name = "duration"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        try:
            return parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


TIME = TimeType()
DURATION = DurationType()
