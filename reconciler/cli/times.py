"""Instants and durations as command line values."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click
from typing_extensions import override

from reconciler.units.durations import parse_duration
from reconciler.units.instants import parse_instant


class TimeType(click.ParamType[datetime]):
    """``2026-11-24T10:00:00Z``; without an offset it is UTC."""

    name = "time"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        text = str(value).strip().replace(" ", "T")
        if not (text.endswith("Z") or "+" in text[10:] or "-" in text[10:]):
            text += "Z" if "T" in text else "T00:00:00Z"
        try:
            return parse_instant(text)
        except ValueError as error:
            self.fail(str(error), param, ctx)


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
