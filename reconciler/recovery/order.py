"""In which order assets are brought back: what others depend on first, then the shortest RTO."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from reconciler.policy.resolved import ResolvedAsset


def recovery_order(assets: Mapping[str, ResolvedAsset]) -> tuple[str, ...]:
    """Names in order; assets that nothing orders stand by RTO, then name. A cycle falls back to that order."""
    urgency = sorted(assets, key=lambda name: (assets[name].rto, name))
    sorter = TopologicalSorter({name: [n for n in assets[name].depends_on if n in assets] for name in urgency})
    try:
        sorter.prepare()
    except CycleError:
        return tuple(urgency)
    found: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=urgency.index)
        found += ready
        sorter.done(*ready)
    return tuple(found)
