"""The blocks of a policy: what is compared, approved and enforced as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from reconciler.policy.resolved import ResolvedPolicy
from reconciler.units.model import Strict

SETTINGS = "policy"
"""The block of the policy's own settings and name."""

KINDS = MappingProxyType(
    {
        "repository": "repositories",
        "asset": "assets",
        "contact": "contacts",
        "alert": "alerts",
        "calendar": "calendars",
        "request": "requests",
        "hold": "holds",
        "suspension": "suspensions",
        "decommission": "decommissions",
    }
)
"""The word before a block's name, and the field of ``ResolvedPolicy`` that holds its kind."""


def blocks_of(policy: ResolvedPolicy) -> dict[str, Strict]:
    """``asset/wiki-db`` → its value, for every block but the settings."""
    return {f"{word}/{name}": value for word, field in KINDS.items() for name, value in of_kind(policy, field).items()}


def mixed(enforced: ResolvedPolicy, candidate: ResolvedPolicy, kept: Iterable[str]) -> ResolvedPolicy:
    """The candidate, with the blocks named in ``kept`` as they are in the enforced policy (also: not at all)."""
    old, new = blocks_of(enforced), blocks_of(candidate)
    names = frozenset(kept)
    for block in names - {SETTINGS}:
        new.pop(block, None)
        if block in old:
            new[block] = old[block]
    fields: dict[str, dict[str, Strict]] = {field: {} for field in KINDS.values()}
    for block, value in new.items():
        word, name = block.split("/", 1)
        fields[KINDS[word]][name] = value
    head = enforced if SETTINGS in names else candidate
    return candidate.model_copy(update={"name": head.name, "settings": head.settings, **fields})


def differ(before: Strict | None, after: Strict | None) -> bool:
    """Whether two blocks say different things; one and the same is seen at a glance, as nearly all are in a change."""
    return before is not after and before != after


def of_kind(policy: ResolvedPolicy, field: str) -> dict[str, Strict]:
    """name → block of the kind that this field holds."""
    found: dict[str, Strict] = getattr(policy, field)
    return found
