"""Fields of a JSON object, read strictly: a missing or wrong one is garbage, never a guess."""

from __future__ import annotations

import json
from datetime import UTC, datetime

_LARGEST = 2**63 - 1
"""What a table of the catalog holds."""


class Garbage(ValueError):
    """The text is not what restic writes there."""


class Fields:
    """One JSON object."""

    __slots__ = ("_values",)

    def __init__(self, values: object) -> None:
        if not isinstance(values, dict):
            raise Garbage(f"an object was expected: {str(values)[:80]}")
        self._values: dict[object, object] = values

    def text(self, name: str) -> str:
        value = self._values.get(name)
        if not isinstance(value, str):
            raise Garbage(f"{name} is missing or no text")
        return value

    def optional_text(self, name: str) -> str | None:
        return None if self._values.get(name) is None else self.text(name)

    def number(self, name: str) -> int:
        """A whole number, not negative; 0 when restic left it out."""
        value = self._values.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST:
            raise Garbage(f"{name} is no number")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty when missing or null."""
        value = self._values.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise Garbage(f"{name} is no list of texts")
        return tuple(value)

    def inner(self, name: str) -> Fields | None:
        value = self._values.get(name)
        return None if value is None else Fields(value)

    def instant(self, name: str) -> datetime:
        """RFC 3339 with nanoseconds and any offset → aware UTC, microseconds."""
        text = self.text(name)
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Garbage(f"{name} is no instant: {text[:40]!r}") from None


def decode(text: str | bytes) -> object:
    """JSON → values. What is said twice, or is no JSON elsewhere, is garbage. Raises Garbage."""
    try:
        value: object = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number)
    except Garbage:
        raise
    except (ValueError, RecursionError):
        raise Garbage(f"not JSON: {text[:80]!r}") from None
    return value


def decode_line(line: str | bytes) -> Fields | None:
    """The object on a line; None when it holds anything else, since restic mixes in plain text."""
    if line[:1] not in ("{", b"{"):
        return None
    try:
        return Fields(decode(line))
    except Garbage:
        return None


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Garbage("a field is there twice")
    return found


def _no_number(word: str) -> object:
    raise Garbage(f"{word} is no number")
