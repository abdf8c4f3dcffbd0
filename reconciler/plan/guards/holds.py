"""Holds: what somebody asked to keep is neither marked nor forgotten, whatever was decided before."""

from __future__ import annotations

from reconciler.obligations.actions import Prune
from reconciler.obligations.holds import held_by, holds_of
from reconciler.observed.reason import Reason
from reconciler.plan.context import Context
from reconciler.plan.guards.stops import Deletion, Stop, lines_of
from reconciler.plan.plan import Blocked

NAME = "holds"


def guard(action: Deletion, context: Context) -> Blocked | None:
    """Stops the held ones among the backups; ``lines`` names exactly those."""
    if isinstance(action, Prune):
        return None
    holds = holds_of(context.policy, action.asset)
    backups = context.backups(action.asset, action.repository)
    held = held_by(holds, backups, context.now)
    stopped = [backup for backup in action.backups if backup.id in held]
    if not stopped:
        return None
    name = held[stopped[0].id]
    ends = min(hold.ends for hold in holds if hold.name == name)
    reason = Reason.of(Stop.HELD, hold=name, count=len(stopped))
    lines = lines_of(action.repository, stopped)
    return Blocked(NAME, reason, f"end the hold {name} in the policy, or wait for its end", until=ends, lines=lines)
