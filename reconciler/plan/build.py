"""One round: every promise assessed, its actions joined, ordered, and held against suspensions and guards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from reconciler.obligations.assess import Obligation, assess
from reconciler.obligations.assessment import Assessment
from reconciler.obligations.limits import Limits
from reconciler.observed.facts import Observed
from reconciler.plan.context import Context
from reconciler.plan.lowerings import pending_lowerings
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
    return plan_of(assessments, Context(observed, policy, limits, now), revision)


def plan_of(assessments: Iterable[Assessment], context: Context, revision: str) -> Plan:
    """Plan the round from assessments that hold at the context's instant."""
    found = tuple(assessments)
    actions = in_order(join(action for one in found for action in one.actions), context)
    planned = tuple(PlannedAction(action, suspended=suspended_by(action, context)) for action in actions)
    return Plan(
        policy=context.policy.name,
        revision=revision,
        host=context.limits.host,
        at=context.now,
        actions=planned,
        lowerings=tuple(pending_lowerings(context.observed.policy.pending)),
        assessments=found,
        until=min([suspensions_end(context), *(one.until for one in found)]),
    )
