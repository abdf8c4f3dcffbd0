"""Two policies compared: block by block, field by field, what raises protection and what lowers it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from reconciler.policy.blocks import SETTINGS, blocks_of, differ
from reconciler.policy.directions import Effect
from reconciler.policy.fieldwise import FieldChange, changed_fields, lowering_fields
from reconciler.policy.models.exceptions import BackupRequestSpec, DecommissionSpec, HoldSpec, SuspensionSpec
from reconciler.policy.resolved import ResolvedAsset, ResolvedPolicy
from reconciler.policy.selection import selects
from reconciler.policy.spelling import ABSENT, PRESENT, spelled
from reconciler.units.model import Strict


class BlockKind(StrEnum):
    """What happened to a block."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, order=True)
class Lowering:
    """One thing that protects less: where, from what, to what."""

    path: str
    before: str
    after: str

    @property
    def line(self) -> str:
        """The line that an approval names: ``path from to``."""
        return f"{self.path} {self.before} {self.after}"


@dataclass(frozen=True, slots=True)
class BlockChange:
    """One block that differs. ``block`` is ``asset/wiki-db``, or ``policy`` for the policy's own settings."""

    block: str
    kind: BlockKind
    changes: tuple[FieldChange, ...]

    @property
    def lowerings(self) -> tuple[Lowering, ...]:
        """What it lowers, sorted; one is enough, and the whole block is a lowering."""
        return tuple(sorted(Lowering(c.path, c.before, c.after) for c in self.changes if c.effect is Effect.LOWERED))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every block that differs, sorted by its name."""

    blocks: tuple[BlockChange, ...]

    def block(self, name: str) -> BlockChange | None:
        """The change of that block, if there is one."""
        return next((change for change in self.blocks if change.block == name), None)


def lowerings(comparison: Comparison) -> tuple[Lowering, ...]:
    """Everything that the comparison lowers, sorted."""
    return tuple(sorted(lowering for change in comparison.blocks for lowering in change.lowerings))


def compare(enforced: ResolvedPolicy, candidate: ResolvedPolicy, now: datetime) -> Comparison:
    """What the candidate changes against the enforced policy.

    ``now`` (aware UTC) tells which holds, suspensions and requests are over and protect or stop nothing.
    """
    old, new = blocks_of(enforced), blocks_of(candidate)
    found = [
        _block(block, old.get(block), new.get(block), enforced, now)
        for block in old.keys() | new.keys()
        if differ(old.get(block), new.get(block))
    ]
    settings = tuple(_settings(enforced, candidate))
    if settings:
        found.append(BlockChange(SETTINGS, BlockKind.CHANGED, settings))
    return Comparison(tuple(sorted(found, key=lambda change: change.block)))


def _settings(enforced: ResolvedPolicy, candidate: ResolvedPolicy) -> Iterator[FieldChange]:
    if enforced.name != candidate.name:
        # The name is part of every backup's identity: under another one, none of them is known.
        yield FieldChange(f"{SETTINGS}.name", enforced.name, candidate.name, Effect.LOWERED)
    yield from changed_fields(SETTINGS, enforced.settings, candidate.settings)


def _block(
    block: str, before: Strict | None, after: Strict | None, enforced: ResolvedPolicy, now: datetime
) -> BlockChange:
    kind = BlockKind.ADDED if before is None else BlockKind.REMOVED if after is None else BlockKind.CHANGED
    zone = ZoneInfo(enforced.settings.time_zone)
    was = before if before is not None and _in_force(before, now, zone) else None
    will = after if after is not None and _in_force(after, now, zone) else None
    if was is not None and will is not None:
        changes = (*changed_fields(block, was, will), *_selections(block, was, will, enforced, now, zone))
    elif will is not None:
        effect = Effect.NEUTRAL if isinstance(will, _NO_PROTECTION) else Effect.RAISED
        changes = (FieldChange(block, ABSENT, PRESENT, effect), *lowering_fields(block, will))
    elif was is not None:
        changes = (FieldChange(block, PRESENT, ABSENT, _effect_of_removing(was, now, zone)),)
    else:
        words = [PRESENT if value is not None else ABSENT for value in (before, after)]
        changes = (FieldChange(block, words[0], words[1], Effect.NEUTRAL),)
    return BlockChange(block, kind, changes)


_NO_PROTECTION = (BackupRequestSpec, SuspensionSpec, DecommissionSpec)


def _in_force(value: Strict, now: datetime, zone: ZoneInfo) -> bool:
    """Whether the block does anything at all; a hold lasts to the end of its last day in the policy's zone."""
    match value:
        case HoldSpec():
            return now.astimezone(zone).date() <= value.expires
        case SuspensionSpec():
            return now < value.expires
        case _:
            return True


def _effect_of_removing(value: Strict, now: datetime, zone: ZoneInfo) -> Effect:
    match value:
        case SuspensionSpec() | DecommissionSpec():
            return Effect.RAISED
        case BackupRequestSpec(keep_until=until) if until is None or until < now.astimezone(zone).date():
            return Effect.NEUTRAL
        case _:
            return Effect.LOWERED


def _selections(
    block: str, before: Strict, after: Strict, enforced: ResolvedPolicy, now: datetime, zone: ZoneInfo
) -> Iterator[FieldChange]:
    """A label, tier or host may take an asset out of a hold's, a drill's or an alert's sight, or suspend it."""
    if not isinstance(before, ResolvedAsset) or not isinstance(after, ResolvedAsset):
        return
    holders = (
        ("heldBy", enforced.holds, Effect.RAISED, Effect.LOWERED),
        ("drilledBy", enforced.calendars, Effect.RAISED, Effect.LOWERED),
        ("toldBy", enforced.alerts, Effect.RAISED, Effect.LOWERED),
        ("suspendedBy", enforced.suspensions, Effect.LOWERED, Effect.RAISED),
    )
    for word, specs, entering, leaving in holders:
        for name, spec in specs.items():
            # Which repositories it lies in is judged with its placements.
            selector = spec.select.model_copy(update={"repositories": ()})
            was, will = selects(selector, before), selects(selector, after)
            if was != will and _in_force(spec, now, zone):
                words = (ABSENT, PRESENT) if will else (PRESENT, ABSENT)
                yield FieldChange(f"{block}.{word}[{spelled(name)}]", *words, entering if will else leaving)
