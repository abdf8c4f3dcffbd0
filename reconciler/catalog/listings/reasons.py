"""Reasons as text and back, with the type of each parameter."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from reconciler.catalog.columns import instant_text
from reconciler.observed.reason import Reason, Value


def to_text(reason: Reason) -> str:
    """``["fresh", [["newest", "at", "2026-…Z"]]]``."""
    return json.dumps([reason.code, [[name, *_written(value)] for name, value in reason.parameters]])


def from_text(text: str) -> Reason:
    """The reason that a text holds."""
    code, parameters = json.loads(text)
    return Reason(code, tuple((name, _read(kind, value)) for name, kind, value in parameters))


def _written(value: Value) -> tuple[str, object]:
    if isinstance(value, datetime):
        return "at", instant_text(value)
    if isinstance(value, timedelta):
        return "for", value.total_seconds()
    return ("all", list(value)) if isinstance(value, tuple) else ("is", value)


def _read(kind: str, value: object) -> Value:
    match kind, value:
        case "at", str():
            return datetime.fromisoformat(value)
        case "for", int() | float():
            return timedelta(seconds=value)
        case "all", list():
            return tuple(str(item) for item in value)
        case "is", str() | int() | float() | bool():
            return value
        case _:
            raise ValueError(f"not a parameter of a reason: {kind} {value!r}")
