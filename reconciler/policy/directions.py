"""The declared direction of every field, and what it makes of a change: raised, lowered or neutral."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from reconciler.units.direction import Direction, Presence
from reconciler.units.durations import CalendarDuration
from reconciler.units.model import Strict


class Effect(StrEnum):
    """What a change does to protection."""

    RAISED = "raised"
    LOWERED = "lowered"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field of a model: its name in code and in files, and how a change of it is judged."""

    name: str
    written: str
    direction: Direction | None
    presence: Presence | None


@lru_cache(maxsize=256)
def rules_of(model: type[Strict]) -> tuple[FieldRule, ...]:
    """The fields of a model in their order. ``direction`` is None where none is declared."""
    return tuple(
        FieldRule(
            name=name,
            written=field.alias or name,
            direction=next((mark for mark in field.metadata if isinstance(mark, Direction)), None),
            presence=next((mark for mark in field.metadata if isinstance(mark, Presence)), None),
        )
        for name, field in model.model_fields.items()
    )


def effect_of(rule: FieldRule, before: object, after: object) -> Effect:
    """What changing one plain value does. What has no direction, or no order, is a lowering."""
    match rule.direction:
        case Direction.NEUTRAL:
            return Effect.NEUTRAL
        case Direction.TRUE | Direction.FALSE:
            return Effect.RAISED if after is (rule.direction is Direction.TRUE) else Effect.LOWERED
        case Direction.LARGER:
            return _effect(_at_least(after, before, rule))
        case Direction.SMALLER:
            return _effect(_at_most(after, before, rule))
        case Direction.SPARES:
            return _effect(after is None)
        case Direction.KEEPS:
            return _effect(before is None)
        case _:
            return Effect.LOWERED


def _effect(raised: bool) -> Effect:
    return Effect.RAISED if raised else Effect.LOWERED


def _at_least(after: object, before: object, rule: FieldRule) -> bool:
    if before is None or after is None:
        return (after is None) == (rule.presence is Presence.ABSENT_IS_MOST)
    if isinstance(before, CalendarDuration) and isinstance(after, CalendarDuration):
        return _surely_longer(after, before)
    larger, smaller = _number(after, unlimited=True), _number(before, unlimited=True)
    return larger is not None and smaller is not None and larger > smaller


def _at_most(after: object, before: object, rule: FieldRule) -> bool:
    if before is None or after is None:
        return (after is None) == (rule.presence is Presence.ABSENT_IS_MOST)
    larger, smaller = _number(before, unlimited=False), _number(after, unlimited=False)
    return larger is not None and smaller is not None and larger > smaller


def _number(value: object, *, unlimited: bool) -> float | None:
    """What orders a value. ``unlimited``: -1 is restic's "without limit"."""
    match value:
        case bool():
            return None
        case int() | float():
            return float("inf") if unlimited and value == -1 else value
        case timedelta():
            return value.total_seconds()
        case datetime():
            return value.timestamp()
        case date():
            return value.toordinal()
        case _:
            return None


def _surely_longer(longer: CalendarDuration, shorter: CalendarDuration) -> bool:
    """Longer whatever the calendar says: months have 28 to 31 days, years 365 or 366."""
    parts = ((longer.years, shorter.years), (longer.months, shorter.months))
    days = ((longer.days, shorter.days), (longer.hours, shorter.hours))
    if all(more >= less for more, less in parts + days):
        return True
    least = (longer.years * 365 + max(longer.months * 30 - 2, 0) + longer.days) * 24 + longer.hours
    most = (shorter.years * 366 + shorter.months * 31 + shorter.days) * 24 + shorter.hours
    return least >= most
