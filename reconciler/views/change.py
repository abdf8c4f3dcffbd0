"""What a change of the policy means, without any host: block by block, with how an asset would be protected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from reconciler.policy.compare import BlockChange, BlockKind, Comparison
from reconciler.policy.directions import Effect
from reconciler.policy.documents import Problem
from reconciler.policy.resolved import ResolvedAsset, ResolvedPolicy
from reconciler.units.durations import format_duration
from reconciler.views.plurals import counted
from reconciler.views.strategy import frequency_of, retention_text

SIGNS = {BlockKind.ADDED: "+", BlockKind.REMOVED: "-", BlockKind.CHANGED: "~"}
WORDS = {Effect.LOWERED: "lowers", Effect.RAISED: "raises", Effect.NEUTRAL: "changes"}
NOT_LOOKED = (
    "There are no host settings here, so nobody has looked at the repositories: what is due, and which backups "
    "would go, is shown by reconciler plan on the host after the merge."
)
_ASSET = "asset/"


@dataclass(frozen=True, slots=True)
class Change:
    """A policy held against another one (None: there is nothing to compare with).

    ``place`` says where the new one lies and ``base`` what the old one is; ``waiting`` the blocks that would
    not be enforced before somebody approves; ``warnings`` what ``validate`` says of a policy without errors.
    """

    place: str
    base: str
    before: ResolvedPolicy | None
    after: ResolvedPolicy
    comparison: Comparison
    waiting: frozenset[str] = frozenset()
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a block; ``path`` without the block's name."""

    effect: Effect
    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Part:
    """Blocks that change in the same way; ``about`` says how an asset would be protected then."""

    blocks: tuple[str, ...]
    kind: BlockKind
    waits: bool
    about: tuple[str, ...]
    rows: tuple[Row, ...]


def parts_of_change(change: Change) -> list[Part]:
    """Every block that differs, assets first, those that change alike together."""
    together: dict[Part, list[str]] = {}
    for block in change.comparison.blocks:
        kind = block.block.partition("/")[0]
        waits = block.block in change.waiting
        alike = Part((kind,), block.kind, waits, tuple(_about(block, change)), tuple(_rows(block)))
        together.setdefault(alike, []).append(block.block)
    found = [replace(part, blocks=tuple(blocks)) for part, blocks in together.items()]
    return sorted(found, key=lambda part: (not part.blocks[0].startswith(_ASSET), part.blocks))


def untouched(change: Change) -> int:
    """How many assets stay as they are."""
    touched = {block.block for block in change.comparison.blocks}
    return sum(1 for name in change.after.assets if f"{_ASSET}{name}" not in touched)


def change_summary(change: Change) -> str:
    """``Change: 1 asset added, 2 assets changed; 1 line lowers protection and waits for approval.``"""
    if change.before is None:
        return f"Policy: {counted(len(change.after.assets), 'asset')}, nothing to compare with."
    parts = []
    for kind in BlockKind:
        blocks = [one.block for one in change.comparison.blocks if one.kind is kind]
        assets = sum(1 for name in blocks if name.startswith(_ASSET))
        parts += [f"{counted(assets, 'asset')} {kind.value}"] if assets else []
        others = len(blocks) - assets
        parts += [f"{counted(others, 'other block')} {kind.value}"] if others else []
    if not parts:
        return "Change: the policy means the same as before."
    line = f"Change: {', '.join(parts)}"
    lowered = sum(len(one.lowerings) for one in change.comparison.blocks)
    if lowered:
        waits = ("lowers", "waits") if lowered == 1 else ("lower", "wait")
        line += f"; {counted(lowered, 'line')} {waits[0]} protection and {waits[1]} for approval"
    return f"{line}."


def protection_of(asset: ResolvedAsset, policy: ResolvedPolicy) -> Iterator[str]:
    """How the asset would be backed up, and what each repository would keep."""
    files = asset.source.files
    what = ", ".join(files.include) if files else asset.source.kind
    yield f"{what} on {asset.host}, {asset.tier}, owner {asset.owner}, backed up {_often(asset, policy)}"
    for place in asset.placements:
        kind = f"copy of {place.copy_of}, " if place.copy_of else ""
        kept = retention_text(place.retention) or "the newest only"
        yield f"{place.repository}: {kind}RPO {format_duration(place.rpo)}, keeps {kept}"


def assets_of(change: Change) -> Iterable[ResolvedAsset]:
    """Every asset of the new policy, shortest RPO first."""
    return sorted(change.after.assets.values(), key=lambda asset: (asset.rpo, asset.name))


def _often(asset: ResolvedAsset, policy: ResolvedPolicy) -> str:
    often = frequency_of(asset, policy)
    return f"by {often}" if asset.schedule.cron else often


def _about(block: BlockChange, change: Change) -> Iterator[str]:
    kind, _, name = block.block.partition("/")
    if kind != "asset":
        return
    old = change.before.assets.get(name) if change.before else None
    new = change.after.assets.get(name)
    if new is not None and old is None:
        yield from protection_of(new, change.after)
    elif new is not None and old is not None and change.before is not None:
        rates = _often(old, change.before), _often(new, change.after)
        if rates[0] != rates[1]:
            yield f"backed up {rates[1]}, until now {rates[0]}"
    elif old is not None:
        ends = [one.last for one in change.after.decommissions.values() if one.asset == name]
        places = ", ".join(place.repository for place in old.placements)
        once = " once that is approved" if block.block in change.waiting else ""
        yield f"no longer backed up{once}; its backups in {places} " + (
            f"go after {ends[0]}, as its Decommission says" if ends else "stay: no Decommission says when they go"
        )


def _rows(block: BlockChange) -> Iterator[Row]:
    """Worst first; that a whole block came or went is said by its sign."""
    order = tuple(WORDS)
    for one in sorted(block.changes, key=lambda change: (order.index(change.effect), change.path)):
        if one.path != block.block:
            yield Row(one.effect, one.path.removeprefix(f"{block.block}."), one.before, one.after)
        elif one.effect is Effect.LOWERED:
            yield Row(one.effect, "the whole block", one.before, one.after)
