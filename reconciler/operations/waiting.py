"""Since when each block of the policy has waited for approval, without a break."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from reconciler.catalog.catalog import Catalog
from reconciler.observed.facts import PendingFacts
from reconciler.operations.lowering import Waiting

_KEY = "waiting-since"

Since = dict[str, datetime]
"""A block with what it lowers → since when. Which backups that lets go changes by itself and is no new wait."""


def waiting_since(catalog: Catalog, waiting: Iterable[Waiting], now: datetime) -> Since:
    """The cache knows what waited in the last pass; without it the journal's offers tell."""
    kept = catalog.recall(_KEY)
    if kept is not None:
        known = {key: datetime.fromisoformat(since) for key, since in json.loads(kept).items()}
        return {_key(block): known.get(_key(block), now) for block in waiting}
    offered = {found.entry.checksum: found.entry.since or found.at for found in catalog.offers(now)}
    return {_key(block): offered.get(block.checksum, now) for block in waiting}


def pending_since(since: Since, waiting: Iterable[Waiting]) -> tuple[PendingFacts, ...]:
    """The blocks for planning."""
    return tuple(block.facts(since[_key(block)]) for block in waiting)


def keep_waiting_since(catalog: Catalog, since: Since) -> None:
    """For the next pass: what is not in it now and comes back later waits anew."""
    text = json.dumps({key: at.isoformat() for key, at in sorted(since.items())})
    if catalog.recall(_KEY) != text:
        catalog.remember(_KEY, text)


def _key(block: Waiting) -> str:
    return f"{block.block} {block.change}"
