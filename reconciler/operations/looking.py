"""Looks at what is stored, for people and programs: no repository is touched, nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from reconciler.errors import UsageError
from reconciler.observed.entries import Suspended
from reconciler.observed.facts import PolicyFacts
from reconciler.operations.desk import Desk, open_desk
from reconciler.operations.places import in_force
from reconciler.operations.policy_state import PolicyState
from reconciler.operations.policy_update import update_policy
from reconciler.operations.standing import plan_now
from reconciler.operations.undelivered import undelivered
from reconciler.plan.plan import Plan
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.settings import HostSettings
from reconciler.views.sentences import Reader


@dataclass(frozen=True, slots=True)
class Footing:
    """The policy in force with the built-in asset, how it stands, and who reads what is shown."""

    policy: ResolvedPolicy
    state: PolicyState
    reader: Reader

    @property
    def revision(self) -> str:
        """The revision that the policy is of."""
        return self.state.facts.applied or ""


@dataclass(frozen=True, slots=True)
class Stand:
    """How things stand: what is known of the policy's source, and the plan; none before a policy is in force."""

    facts: PolicyFacts
    plan: Plan | None
    reader: Reader
    suspensions: tuple[Suspended, ...] = ()
    undelivered: tuple[str, ...] = ()


def status_now(settings: HostSettings) -> Stand:
    """The stand of this host, from the catalog and the policy's mirror."""
    with open_desk(settings, verb="status") as desk:
        state = _stored_policy(desk)
        if state.policy is None:
            return Stand(state.facts, None, Reader(desk.clock.now()))
        policy = in_force(desk, state.policy)
        reader = _reader(desk, policy)
        return Stand(
            state.facts,
            plan_now(desk, policy, state),
            reader,
            suspensions=tuple(found.entry for found in desk.catalog.suspensions(reader.now)),
            undelivered=undelivered(desk, policy),
        )


def footing_of(desk: Desk) -> Footing:
    """What most commands begin with: nothing is planned for it. Raises UsageError while no policy is enforced."""
    state = _stored_policy(desk)
    if state.policy is None:
        raise UsageError("no policy is enforced yet", remedy="run: reconciler reconcile")
    policy = in_force(desk, state.policy)
    return Footing(policy, state, _reader(desk, policy))


def planned_of(desk: Desk, footing: Footing) -> Plan:
    """The plan as things stand."""
    return plan_now(desk, footing.policy, footing.state)


def _reader(desk: Desk, policy: ResolvedPolicy) -> Reader:
    return Reader(desk.clock.now(), ZoneInfo(policy.settings.time_zone))


def _stored_policy(desk: Desk) -> PolicyState:
    """The policy in force and how the mirror's head stands to it, without fetching; nothing is journalled.

    A head that could be enforced is not enforced yet: only a pass does that. Before the first one it is shown.
    """
    state = update_policy(desk, fetch=False, record=False)
    revision, policy = desk.catalog.enforced() or (None, state.policy)
    return replace(state, policy=policy, facts=replace(state.facts, applied=revision))
