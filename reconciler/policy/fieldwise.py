"""One block compared field by field, each by its declared direction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.kinds.source import Source
from reconciler.policy.directions import Effect, FieldRule, effect_of, rules_of
from reconciler.policy.models.location import LOOPBACK
from reconciler.policy.resolved import ResolvedPlacement
from reconciler.policy.spelling import ABSENT, PRESENT, spelled_field, spelled_members
from reconciler.units.direction import Direction, Presence
from reconciler.units.model import Strict


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One difference: its path as people write it, both values in short, and what it does."""

    path: str
    before: str
    after: str
    effect: Effect


def changed_fields(path: str, before: Strict, after: Strict) -> Iterator[FieldChange]:
    """Every difference between two values of one model."""
    for rule in rules_of(type(after)):
        if getattr(before, rule.name) != getattr(after, rule.name):
            yield from _changed(f"{path}.{_written(rule)}", before, after, rule)


def lowering_fields(path: str, added: Strict) -> Iterator[FieldChange]:
    """What in something new lowers by being there: a new place, a secret, a suspension's reach."""
    for rule in rules_of(type(added)):
        value: object = getattr(added, rule.name)
        here = f"{path}.{_written(rule)}"
        if value is None or value == ():
            continue
        if _lowers_when_new(rule, value):
            yield FieldChange(here, ABSENT, spelled_field(added, rule.name), Effect.LOWERED)
        elif rule.direction is Direction.NESTED:
            for name, inner in _parts(value):
                yield from lowering_fields(f"{here}{name}", inner)


def _lowers_when_new(rule: FieldRule, value: object) -> bool:
    if rule.direction is None or rule.presence is Presence.NEW_LOWERS:
        return True
    return rule.presence is Presence.NEW_LOWERS_ABROAD and value not in LOOPBACK


def _changed(path: str, before: Strict, after: Strict, rule: FieldRule) -> Iterator[FieldChange]:
    if rule.direction is Direction.NESTED:
        yield from _nested(path, before, after, rule)
        return
    if rule.direction in (Direction.KEEPS, Direction.SPARES):
        old, new = spelled_members(before, rule.name), spelled_members(after, rule.name)
        if old is not None and new is not None and set(old) != set(new):
            yield from _members(path, frozenset(old), frozenset(new), rule)
            return
        if old is not None and new is not None:
            yield _plain(path, before, after, rule, Effect.NEUTRAL)
            return
    effect = effect_of(rule, getattr(before, rule.name), getattr(after, rule.name))
    yield _plain(path, before, after, rule, effect)


def _members(path: str, old: frozenset[str], new: frozenset[str], rule: FieldRule) -> Iterator[FieldChange]:
    keeps = rule.direction is Direction.KEEPS
    for member in sorted(old - new):
        yield FieldChange(f"{path}[{member}]", PRESENT, ABSENT, Effect.LOWERED if keeps else Effect.RAISED)
    for member in sorted(new - old):
        yield FieldChange(f"{path}[{member}]", ABSENT, PRESENT, Effect.RAISED if keeps else Effect.LOWERED)


def _nested(path: str, before: Strict, after: Strict, rule: FieldRule) -> Iterator[FieldChange]:
    old: object = getattr(before, rule.name)
    new: object = getattr(after, rule.name)
    if isinstance(old, Source) and isinstance(new, Source) and old.kind != new.kind:
        # Whole in one line: a yes to one database is no yes to another.
        yield _plain(path, before, after, rule, Effect.LOWERED)
        return
    was, will = dict(_parts(old)), dict(_parts(new))
    if was == will:
        # The same placements in another order.
        yield _plain(path, before, after, rule, Effect.NEUTRAL)
    for name in sorted(was.keys() | will.keys()):
        yield from _inside(f"{path}{name}", was.get(name), will.get(name))


def _inside(path: str, old: Strict | None, new: Strict | None) -> Iterator[FieldChange]:
    if old is not None and new is not None:
        yield from changed_fields(path, old, new)
    elif new is not None:
        yield FieldChange(path, ABSENT, PRESENT, Effect.RAISED)
        yield from lowering_fields(path, new)
    elif old is not None:
        yield FieldChange(path, PRESENT, ABSENT, Effect.LOWERED)


def _parts(value: object) -> Iterator[tuple[str, Strict]]:
    """The models inside a nested value, each with what names it there: placements by their repository."""
    if isinstance(value, Strict):
        yield "", value
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            if isinstance(item, ResolvedPlacement):
                yield f"[{item.repository}]", item
            elif isinstance(item, Strict):
                yield f"[{index}]", item


def _plain(path: str, before: Strict, after: Strict, rule: FieldRule, effect: Effect) -> FieldChange:
    return FieldChange(path, spelled_field(before, rule.name), spelled_field(after, rule.name), effect)


def _written(rule: FieldRule) -> str:
    # People write an asset's placements under ``repositories``.
    return "repositories" if rule.name == "placements" else rule.written
