"""How much the first backups of this host will read: a short look at the sources whose size nobody knows yet."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.kinds.files import FilesSource
from reconciler.kit.measure import Wanted, measure_all
from reconciler.obligations.actions import Action
from reconciler.observed.facts import Observed
from reconciler.plan.estimate import Estimate, Measured, estimate, first_backups
from reconciler.policy.resolved import ResolvedPolicy

LOOK = 2.0
"""Seconds that a plan may spend on it, for all assets together."""


def estimate_first(actions: Iterable[Action], observed: Observed, policy: ResolvedPolicy) -> Estimate | None:
    """The estimate for the first backups among these actions; what nothing is found of stays unknown."""
    todo = tuple(actions)
    known = {name for (name, _), facts in observed.placements.items() if facts.usual_size is not None}
    wanted = {
        action.asset: _wanted(files)
        for action in first_backups(todo)
        if action.asset not in known and (files := policy.assets[action.asset].source.files)
    }
    sizes = measure_all(wanted, LOOK) if wanted else {}
    return estimate(todo, observed, {name: Measured(one.size, one.whole) for name, one in sizes.items()})


def _wanted(files: FilesSource) -> Wanted:
    larger = files.exclude_larger_than
    return Wanted(
        include=files.include,
        exclude=files.exclude,
        markers=files.exclude_if_present + (("CACHEDIR.TAG",) if files.exclude_caches else ()),
        larger_than=int(larger) if larger is not None else None,
        one_file_system=files.one_file_system,
    )
