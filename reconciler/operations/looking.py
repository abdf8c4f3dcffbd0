"""Looks at what is stored, for people and programs: no repository is touched, nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from reconciler.errors import UsageError
from reconciler.observed.entries import Suspended
from reconciler.observed.facts import Observed, PolicyFacts
from reconciler.operations.alerting import undelivered
from reconciler.operations.desk import Desk, open_desk
from reconciler.operations.passing import plan_now
from reconciler.operations.places import in_force
from reconciler.operations.policy_state import PolicyState
from reconciler.operations.policy_update import update_policy
from reconciler.plan.plan import Plan
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.settings import HostSettings
from reconciler.views.sentences import Reader


@dataclass(frozen=True, slots=True)
class Stand:
    """How things stand: the policy in force, what is observed, and the plan that follows."""

    policy: ResolvedPolicy | None
    facts: PolicyFacts
    observed: Observed
    plan: Plan | None
    reader: Reader
    suspensions: tuple[Suspended, ...] = ()
    undelivered: tuple[str, ...] = ()


def status_now(settings: HostSettings) -> Stand:
    """The stand of this host, from the catalog and the policy's mirror."""
    with open_desk(settings, verb="status") as desk:
        return stand_of(desk)


def stand_of(desk: Desk) -> Stand:
    """The same for an open desk."""
    now = desk.clock.now()
    state = _stored_policy(desk)
    if state.policy is None:
        return Stand(None, state.facts, Observed(), None, Reader(now))
    policy = in_force(desk, state.policy)
    plan = plan_now(desk, policy, state)
    observed = replace(desk.catalog.facts(policy, now), policy=state.facts)
    reader = Reader(now, ZoneInfo(policy.settings.time_zone))
    return Stand(
        policy,
        state.facts,
        observed,
        plan,
        reader,
        suspensions=tuple(found.entry for found in desk.catalog.suspensions(now)),
        undelivered=undelivered(desk, policy),
    )


def policy_or_refuse(stand: Stand) -> ResolvedPolicy:
    """Raises UsageError while no policy is enforced."""
    if stand.policy is None:
        raise UsageError("no policy is enforced yet", remedy="run: reconciler reconcile")
    return stand.policy


def _stored_policy(desk: Desk) -> PolicyState:
    """The policy in force and how the mirror's head stands to it, without fetching; nothing is journalled.

    A head that could be enforced is not enforced yet: only a pass does that. Before the first one it is shown.
    """
    state = update_policy(desk, fetch=False, record=False)
    revision, policy = desk.catalog.enforced() or (None, state.policy)
    return replace(state, policy=policy, facts=replace(state.facts, applied=revision))
