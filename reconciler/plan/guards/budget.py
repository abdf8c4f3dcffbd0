"""Budget: an asset in a repository loses backups only as fast as it gains them, with a little credit."""

from __future__ import annotations

from reconciler.obligations.actions import Mark
from reconciler.observed.reason import Reason
from reconciler.plan.context import Context
from reconciler.plan.guards.stops import Deletion, Stop, approve, lines_of
from reconciler.plan.plan import Blocked
from reconciler.policy.approval import checksum

NAME = "budget"
FIRST_CREDIT = 3
MOST_CREDIT = 10


def credit_after(credit: int, became_counted: int, marked: int) -> int:
    """The balance: one more for each backup that became counted, one less for each charged mark.

    What is saved up is capped. What comes in one copy lies on top of it until its marks are set, for it lets
    as many go at once: a target that was away for weeks takes all that it missed in one copy.
    """
    return min(credit + became_counted - marked, MOST_CREDIT + max(became_counted - 1, 0))


def guard(action: Deletion, context: Context) -> Blocked | None:
    """Stops the newest of the charged marks that the credit does not cover; ``lines`` names exactly those."""
    if not isinstance(action, Mark):
        return None
    credit = max(_credit(action, context), 0)
    charged = sorted((backup for backup in action.backups if backup.charged), key=lambda b: (b.time, b.id))
    beyond = charged[credit:]
    if not beyond:
        return None
    lines = lines_of(action.repository, beyond)
    reason = Reason.of(
        Stop.CREDIT_SPENT, asset=action.asset, repository=action.repository, credit=credit, count=len(beyond)
    )
    return Blocked(NAME, reason, approve(lines), checksum=checksum(lines), lines=lines)


def _credit(action: Mark, context: Context) -> int:
    for orphan in context.observed.orphans:
        if orphan.identity == context.policy.identity(action.asset) and orphan.repository == action.repository:
            return orphan.credit
    return context.observed.placement(action.asset, action.repository).credit
