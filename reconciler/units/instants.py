"""Instants and dates: aware, UTC inside, one spelling outside."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Later than anything: the ``until`` of an assessment that time alone cannot change."""
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_instant(value: object) -> datetime:
    """``2026-11-24T10:00:00Z`` (any offset, but one is needed) → aware UTC datetime."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"not an instant: {value!r}; write it like 2026-11-24T10:00:00Z") from None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"an instant needs its offset: {value!r}; write it like 2026-11-24T10:00:00Z")
    return value.astimezone(UTC)


def format_instant(value: datetime) -> str:
    """Aware datetime → ``2026-11-24T10:00:00Z``; microseconds only when there are any."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_date(value: object) -> date:
    """``2027-03-01`` → date."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        # Python's own reader takes every ISO form, weeks too: 2027-W09-1 has ten characters as well.
        return date.fromisoformat(value if isinstance(value, str) and _DATE.fullmatch(value) else "")
    except ValueError:
        raise ValueError(f"not a date: {value!r}; write it like 2027-03-01") from None


Instant = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    PlainSerializer(format_instant, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Day = Annotated[
    date,
    BeforeValidator(parse_date),
    PlainSerializer(date.isoformat, return_type=str),
    WithJsonSchema({"type": "string", "format": "date"}),
]
