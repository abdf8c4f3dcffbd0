"""One round: every promise assessed, its actions joined, ordered, and held against suspensions and guards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from reconciler.obligations.actions import BackUp, Copy, Mark
from reconciler.obligations.assess import Obligation, assess
from reconciler.obligations.assessment import Assessment, Assessments
from reconciler.obligations.limits import Limits
from reconciler.obligations.orphaned import assess_orphans
from reconciler.observed.facts import Observed
from reconciler.plan.context import Context
from reconciler.plan.guarded import guarded
from reconciler.plan.lowerings import companions, pending_lowerings
from reconciler.plan.order import in_order, join
from reconciler.plan.plan import Plan, PlannedAction
from reconciler.plan.suspensions import suspended_by, suspensions_end
from reconciler.policy.resolved import ResolvedPolicy


def make_plan(
    obligations: Iterable[Obligation],
    observed: Observed,
    policy: ResolvedPolicy,
    limits: Limits,
    revision: str,
    now: datetime,
) -> Plan:
    """Assess everything and plan the round. Pure, and the same until the plan's ``until``."""
    assessments = [assess(obligation, observed, now) for obligation in obligations]
    assessments += assess_orphans(observed, policy, limits, now)
    return plan_of(assessments, Context(observed, policy, limits, now), revision)


def plan_of(assessments: Iterable[Assessment], context: Context, revision: str) -> Plan:
    """Plan the round from assessments that hold at the context's instant."""
    found = Assessments(assessments)
    actions = in_order(join(action for one in found for action in one.actions), context)
    every = [one for action in actions for part in guarded(action, context) for one in _suspended(part, context)]
    planned = tuple(_without_overtaking(every))
    ends = [one.blocked.until for one in planned if one.blocked and one.blocked.until]
    return Plan(
        policy=context.policy.name,
        revision=revision,
        host=context.limits.host,
        at=context.now,
        actions=planned,
        lowerings=tuple(pending_lowerings(context.observed.policy.pending, context.observed)),
        assessments=found,
        until=min([suspensions_end(context), *ends, *(one.until for one in found)]),
        companions=tuple(companions(context.observed.policy.pending)),
    )


def _without_overtaking(planned: Sequence[PlannedAction]) -> Iterator[PlannedAction]:
    """Without the copies whose origin is backed up in this round: they follow it with what it makes.

    Begun together, the copy would take the backup before that one and serve its slot with it.
    """
    made = {
        (one.action.asset, one.action.repository) for one in planned if one.runnable and isinstance(one.action, BackUp)
    }
    for one in planned:
        if not (one.runnable and isinstance(one.action, Copy) and (one.action.asset, one.action.origin) in made):
            yield one


def _suspended(planned: PlannedAction, context: Context) -> Iterator[PlannedAction]:
    """The action with the name of the suspension that stops it; the end of marks is never stopped."""
    name = suspended_by(planned.action, context)
    action = planned.action
    if not name:
        yield planned
        return
    if isinstance(action, Mark) and action.lapsed:
        yield PlannedAction(replace(action, backups=()))
        if not action.backups:
            return
        action = replace(action, lapsed=())
    yield replace(planned, action=action, suspended=name)
