"""Counts and flags: YAML scalars arrive as strings, so each type reads its own spelling and nothing else."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema

_COUNT = re.compile(r"-1|0|[1-9][0-9]{0,8}")


def parse_count(value: object) -> int:
    """``"7"`` → 7, at least 0. Raises ValueError on ``07``, ``7.0``, ``-2``, ``yes``."""
    found = parse_keep(value)
    if found < 0:
        raise ValueError(f"not a count: {value!r}; write a whole number, 0 or more")
    return found


def parse_keep(value: object) -> int:
    """Like a count, and -1 for "without limit" as restic's keep options take it."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= -1:
        return value
    if not isinstance(value, str) or not _COUNT.fullmatch(value):
        raise ValueError(f"not a whole number: {value!r}")
    return int(value)


def parse_flag(value: object) -> bool:
    """``"true"`` or ``"false"``; YAML 1.1's yes, no, on and off are refused because they surprise people."""
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise ValueError(f"not a flag: {value!r}; write true or false")
    return value == "true"


Count = Annotated[int, BeforeValidator(parse_count), WithJsonSchema({"type": "integer", "minimum": 0})]
Keep = Annotated[int, BeforeValidator(parse_keep), WithJsonSchema({"type": "integer", "minimum": -1})]
Flag = Annotated[bool, BeforeValidator(parse_flag), WithJsonSchema({"type": "boolean"})]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
