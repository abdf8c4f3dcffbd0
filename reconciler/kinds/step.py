"""A step of a recovery as a value: a runbook prints it, a drill executes it, a person is walked through it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Part(StrEnum):
    """Where a step stands in a recovery."""

    PREPARE = "prepare"
    FIND = "find"
    BRING_BACK = "bring back"
    PROVE = "prove"
    FALL_BACK = "fall back"


@dataclass(frozen=True, slots=True)
class Variable:
    """A shell variable that a step needs: ``: "${NAME:=value}"``, or ``:?`` with a reason without a value."""

    name: str
    why: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to type. ``command`` is bash, already quoted; ``proves`` says what its success shows."""

    part: Part
    title: str
    command: str
    proves: str = ""
    variables: tuple[Variable, ...] = ()
    tools: tuple[str, ...] = ()
    usual: timedelta | None = None
