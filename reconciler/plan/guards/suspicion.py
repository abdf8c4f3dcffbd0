"""Suspicion: while an asset's newest backup looks wrong, its older ones stay."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.obligations.actions import Prune
from reconciler.observed.backup import Backup
from reconciler.observed.reason import Reason
from reconciler.plan.context import Context
from reconciler.plan.guards.stops import Deletion, Stop
from reconciler.plan.plan import Blocked

NAME = "suspicion"


def guard(action: Deletion, context: Context) -> Blocked | None:
    """Freezes the asset's deletions everywhere, until the backup is accepted or a good one follows it."""
    if isinstance(action, Prune):
        return None
    found = next(_suspicious(action.asset, context), None)
    if found is None:
        return None
    reason = Reason.of(
        Stop.SUSPICIOUS_NEWER,
        asset=action.asset,
        repository=found.repository,
        backup=found.id,
        time=found.time,
    )
    lift = f"if it is right, set expect.accept: {found.lineage} on {action.asset}; else a good backup lifts it"
    return Blocked(NAME, reason, lift)


def _suspicious(asset: str, context: Context) -> Iterator[Backup]:
    """Suspicious backups of the asset that are newer than the newest counted one beside them."""
    known = context.policy.assets.get(asset)
    for placement in known.placements if known else ():
        facts = context.observed.placement(asset, placement.repository)
        newest = facts.newest_counted(context.now)
        for backup in facts.backups:
            newer = newest is None or backup.time > newest.time
            doubtful = backup.suspicious and not backup.accepted and not backup.invalidated
            if newer and doubtful and not backup.in_future(context.now):
                yield backup
