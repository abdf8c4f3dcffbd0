"""Plans without acting: from the host's own view, or as if another policy were in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.errors import LeaderElsewhere
from reconciler.execution.board import QuietBoard
from reconciler.kit.clock import FixedClock
from reconciler.operations.desk import Desk, open_desk
from reconciler.operations.observing import look_at_all, repositories_of
from reconciler.operations.offering import record_offers
from reconciler.operations.passing import hands_of, in_force, obligations_of, plan_now
from reconciler.operations.policy_update import PolicyState, update_policy
from reconciler.plan.plan import Plan
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.settings import HostSettings


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and the policy it was made for; ``fresh`` says whether the repositories were looked at just now."""

    plan: Plan | None
    state: PolicyState
    policy: ResolvedPolicy | None
    fresh: bool


def plan_host(settings: HostSettings, at: datetime | None = None) -> Planned:
    """What this host would do now, or at another time. Starts no process but git and a reading restic.

    Beside a running loop it reads what the loop has stored; otherwise it looks at the repositories itself.
    """
    try:
        with open_desk(settings, verb="plan", lead=True) as desk:
            return _plan(desk, at, fresh=True)
    except LeaderElsewhere:
        with open_desk(settings, verb="plan") as desk:
            return _plan(desk, at, fresh=False)


def _plan(desk: Desk, at: datetime | None, *, fresh: bool) -> Planned:
    state = update_policy(desk, record=False)
    if state.policy is None:
        return Planned(None, state, None, fresh)
    policy = in_force(desk, state.policy)
    if fresh:
        hands = hands_of(desk, policy, state, QuietBoard())
        look_at_all(hands, repositories_of(policy, desk.settings.host))
        hands.close_all()
    real = desk.clock
    if at is not None:
        desk.clock = FixedClock(at)
    plan = plan_now(desk, policy, state, obligations_of(desk, policy))
    desk.clock = real
    record_offers(desk, plan, state)
    return Planned(plan, state, policy, fresh)
