"""Puts every deletion before the guards: what passes runs, what is stopped stays in the plan with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconciler.obligations.actions import Action, Chosen, Forget, Mark, Prune
from reconciler.plan.context import Context
from reconciler.plan.guards import budget, clock, holds, observation, orphans, suspicion
from reconciler.plan.guards.stops import Deletion
from reconciler.plan.plan import Blocked, PlannedAction
from reconciler.policy.approval import deletion_line

GUARDS = (observation.guard, suspicion.guard, clock.guard, orphans.guard, holds.guard, budget.guard)


def guarded(action: Action, context: Context) -> Iterator[PlannedAction]:
    """The action as it is planned: whole, or in two parts when a guard stops only some of its backups.

    The end of marks deletes nothing, so it is never stopped.
    """
    if not isinstance(action, Mark | Forget | Prune):
        yield PlannedAction(action)
        return
    if isinstance(action, Mark):
        action = _with_approvals(action, context)
    blocked = stopped(action, context)
    if blocked is None:
        yield PlannedAction(action)
    elif isinstance(action, Prune):
        yield PlannedAction(action, blocked)
    else:
        yield from _parted(action, blocked, context)


def stopped(action: Deletion, context: Context) -> Blocked | None:
    """The first guard that stops the action or some of its backups; None when all let it pass."""
    if isinstance(action, Mark) and not action.backups:
        return None
    found = (guard(action, context) for guard in GUARDS)
    return next((blocked for blocked in found if blocked), None)


def _parted(action: Mark | Forget, blocked: Blocked, context: Context) -> Iterator[PlannedAction]:
    """What the guard did not name goes on to the next one."""
    lines = set(blocked.lines)
    hit = [one for one in action.backups if not lines or deletion_line(action.repository, one.id) in lines]
    rest = tuple(one for one in action.backups if one not in hit)
    lapsed = action.lapsed if isinstance(action, Mark) else ()
    if rest or lapsed:
        yield from guarded(replace(action, backups=rest), context)
    held = replace(action, backups=tuple(hit))
    yield PlannedAction(replace(held, lapsed=()) if isinstance(held, Mark) else held, blocked)


def _with_approvals(action: Mark, context: Context) -> Mark:
    """Backups whose deletion is approved by name cost no credit."""
    approved = context.observed.approved_lines
    return replace(action, backups=tuple(_paid(one, action.repository, approved) for one in action.backups))


def _paid(one: Chosen, repository: str, approved: frozenset[str]) -> Chosen:
    return replace(one, charged=False) if deletion_line(repository, one.id) in approved else one
