"""Orphans: an asset that left the policy keeps its backups until it is decommissioned, and that is approved."""

from __future__ import annotations

from reconciler.obligations.actions import Forget, Mark, Prune
from reconciler.obligations.orphaned import decommission_of
from reconciler.observed.reason import Reason
from reconciler.plan.context import Context
from reconciler.plan.guards.stops import Deletion, Stop, approve, lines_of
from reconciler.plan.plan import Blocked
from reconciler.policy.approval import checksum

NAME = "orphans"


def guard(action: Deletion, context: Context) -> Blocked | None:
    """Lets go only what is decommissioned, its last date over, and approved backup by backup."""
    if isinstance(action, Prune) or _is_placed(action, context):
        return None
    ended = decommission_of(context.policy, action.asset)
    named = action.asset in context.policy.assets
    count = len(action.backups)
    if not named and (ended is None or context.now < ended.ends):
        reason = Reason.of(Stop.ORPHANED, asset=action.asset, repository=action.repository, count=count)
        lift = f"put {action.asset} back into the policy, or write a Decommission for it"
        return Blocked(NAME, reason, lift, until=ended.ends if ended else None)
    if isinstance(action, Forget):
        # Its mark was approved, or it would not be there.
        return None
    return _unless_approved(action, context)


def _is_placed(action: Mark | Forget, context: Context) -> bool:
    asset = context.policy.assets.get(action.asset)
    return asset is not None and any(placement.repository == action.repository for placement in asset.placements)


def _unless_approved(action: Mark, context: Context) -> Blocked | None:
    approved = context.observed.approved_lines
    stopped = [one for one in action.backups if not approved.issuperset(lines_of(action.repository, (one,)))]
    if not stopped:
        return None
    lines = lines_of(action.repository, stopped)
    reason = Reason.of(Stop.NOT_APPROVED, asset=action.asset, repository=action.repository, count=len(stopped))
    return Blocked(NAME, reason, approve(lines), checksum=checksum(lines), lines=lines)
