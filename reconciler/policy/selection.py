"""Which assets a selector means."""

from __future__ import annotations

from reconciler.policy.models.document import Selector
from reconciler.policy.resolved import ResolvedAsset


def selects(selector: Selector, asset: ResolvedAsset) -> bool:
    """Whether the asset meets every condition of the selector; one without conditions selects every asset.

    ``repositories`` asks that the asset has a placement in one of them.
    """
    return (
        (not selector.assets or asset.name in selector.assets)
        and (selector.tier is None or asset.tier == selector.tier)
        and (selector.host is None or asset.host == selector.host)
        and all(asset.labels.get(label) == value for label, value in selector.labels.items())
        and (not selector.repositories or any(p.repository in selector.repositories for p in asset.placements))
    )


def is_narrowed(selector: Selector) -> bool:
    """Whether the selector has any condition at all."""
    return selector != Selector()
