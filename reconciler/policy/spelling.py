"""Values of a policy as short words on one line, different for different values: approvals stand on them."""

from __future__ import annotations

import json
import re
from hashlib import sha256

from reconciler.units.model import Strict

ABSENT = "absent"
PRESENT = "present"
NONE = "none"

_PLAIN = re.compile(r"[^\s\"\[\]{}]+")
_SHOWN = 160
# An author chooses both the value that is approved and the one that comes later: no short hash will do.
_HASHED = 32


def spelled_field(model: Strict, name: str) -> str:
    """The value of that field as people write it."""
    return spelled(_written(model, name))


def spelled_members(model: Strict, name: str) -> tuple[str, ...] | None:
    """The members of that field, each spelled; None when it is no list."""
    found = _written(model, name)
    return tuple(spelled(member) for member in found) if isinstance(found, list) else None


def spelled(value: object) -> str:
    """One JSON value as one word: plain words stay as they are, everything else is compact JSON."""
    if value is None:
        return NONE
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value not in (NONE, ABSENT, PRESENT):
        text = value
    else:
        # Without any space in it, so that a line ``path from to`` falls apart in one way only.
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        text = text.replace(" ", "\\u0020")
    if len(text) <= _SHOWN:
        return text
    return f"{text[: _SHOWN - _HASHED]}…{sha256(text.encode()).hexdigest()[:_HASHED]}"


def _written(model: Strict, name: str) -> object:
    dumped: dict[str, object] = model.model_dump(mode="json", include={name}, exclude_none=True)
    return next(iter(dumped.values()), None)
