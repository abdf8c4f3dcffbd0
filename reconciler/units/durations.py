"""Durations as policies write them (``90s 15m 1h 7d 4w``) and restic's calendar durations (``2y5m7d3h``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:[0-9]{1,7}[wdhms])+")
_PART = re.compile(r"([0-9]+)([a-z])")
_WITHIN = re.compile(r"(?=.)(?:([0-9]{1,4})y)?(?:([0-9]{1,4})m)?(?:([0-9]{1,5})d)?(?:([0-9]{1,6})h)?")
_LONGEST = timedelta(days=36_525)


def parse_duration(value: object) -> timedelta:
    """``"1h30m"`` → timedelta. Raises ValueError on a bare number, zero, or anything else."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise ValueError(f"not a duration: {value!r}; write a number with its unit, like 90s, 15m, 1h, 7d or 4w")
    total = timedelta(seconds=sum(int(n) * _SECONDS[unit] for n, unit in _PART.findall(value)))
    if not timedelta(0) < total <= _LONGEST:
        raise ValueError(f"a duration must be between 1s and 100 years: {value!r}")
    return total


@lru_cache(maxsize=4096)
def format_duration(value: timedelta) -> str:
    """timedelta → the shortest exact spelling, whole seconds: ``7d``, ``1h30m``, ``90s`` is ``1m30s``."""
    rest = int(value.total_seconds())
    sign, rest = ("-", -rest) if rest < 0 else ("", rest)
    parts = []
    for unit in ("d", "h", "m", "s"):
        count, rest = divmod(rest, _SECONDS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return sign + ("".join(parts) or "0s")


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^([0-9]{1,7}[wdhms])+$", "examples": ["15m", "1h", "7d"]}),
]


@dataclass(frozen=True, slots=True)
class CalendarDuration:
    """restic's duration for ``within*``: years, months and days on the calendar, then hours.

    Source: restic manual, "Removing snapshots according to a policy".
    """

    years: int = 0
    months: int = 0
    days: int = 0
    hours: int = 0

    @classmethod
    def parse(cls, value: object) -> CalendarDuration:
        """``"2y5m7d3h"`` → CalendarDuration. Raises ValueError on anything else, also on all zeros."""
        if isinstance(value, CalendarDuration):
            return value
        match = _WITHIN.fullmatch(value) if isinstance(value, str) else None
        if not match:
            raise ValueError(f"not a calendar duration: {value!r}; write it as restic does, like 2y5m7d3h or 30d")
        found = cls(*(int(part or 0) for part in match.groups()))
        if found == cls():
            raise ValueError(f"a within duration of nothing keeps nothing: {value!r}")
        return found

    def __str__(self) -> str:
        """restic's own spelling, zero parts left out."""
        pairs = ((self.years, "y"), (self.months, "m"), (self.days, "d"), (self.hours, "h"))
        return "".join(f"{n}{unit}" for n, unit in pairs if n)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": r"^([0-9]+y)?([0-9]+m)?([0-9]+d)?([0-9]+h)?$",
            "examples": ["2y5m7d3h"],
        }
