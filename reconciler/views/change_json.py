"""A change of the policy as JSON: the part of a plan that needs no host."""

from __future__ import annotations

from pydantic import Field

from reconciler.policy.compare import BlockKind
from reconciler.policy.directions import Effect
from reconciler.units.model import Strict
from reconciler.views.change import Change, Part, assets_of, change_summary, parts_of_change, protection_of


class FieldJson(Strict):
    """One field of a block that differs, and what that does to protection."""

    path: str
    before: str = Field(alias="from")
    after: str = Field(alias="to")
    effect: Effect


class BlockJson(Strict):
    """Blocks of the policy that change in the same way; ``waits``: not enforced before somebody approves."""

    blocks: tuple[str, ...]
    change: BlockKind
    waits: bool
    about: tuple[str, ...] = ()
    fields: tuple[FieldJson, ...] = ()


class AssetJson(Strict):
    """How an asset would be protected."""

    asset: str
    about: tuple[str, ...]


class ChangeJson(Strict):
    """What a change of the policy means, where no host was asked; ``base``: what it is compared with."""

    base: str = ""
    summary: str
    blocks: tuple[BlockJson, ...] = ()
    assets: tuple[AssetJson, ...] = ()
    warnings: tuple[str, ...] = ()


def change_json(change: Change) -> ChangeJson:
    """The change with every asset of the new policy."""
    return ChangeJson(
        base=change.base,
        summary=change_summary(change),
        blocks=tuple(_block(part) for part in parts_of_change(change)),
        assets=tuple(
            AssetJson(asset=asset.name, about=tuple(protection_of(asset, change.after))) for asset in assets_of(change)
        ),
        warnings=tuple(map(str, change.warnings)),
    )


def _block(part: Part) -> BlockJson:
    fields = (FieldJson(path=row.path, before=row.before, after=row.after, effect=row.effect) for row in part.rows)
    return BlockJson(blocks=part.blocks, change=part.kind, waits=part.waits, about=part.about, fields=tuple(fields))
