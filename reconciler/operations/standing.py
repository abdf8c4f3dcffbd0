"""How things stand at a desk: what is known of the world, and the plan that follows from it."""

from __future__ import annotations

from hashlib import sha256

from reconciler import __version__
from reconciler.kit.shipped import shipped_templates
from reconciler.obligations.limits import Limits
from reconciler.observed.facts import ClockFacts, Observed
from reconciler.operations.clocks import clock_jump
from reconciler.operations.desk import Desk
from reconciler.operations.places import in_force
from reconciler.operations.policy_state import PolicyState
from reconciler.operations.world import World
from reconciler.plan.plan import Plan
from reconciler.policy.resolved import ResolvedPolicy


def world_of(desk: Desk) -> World:
    """What passes at this desk know of the world."""
    if desk.world is None:
        stored, limits, templates = desk.catalog.enforced(), Limits.of(desk.settings), shipped_templates()
        program = sha256(f"{__version__} {limits} {sorted(templates.items())}".encode()).hexdigest()
        enforced = in_force(desk, stored[1]) if stored else None
        desk.world = World(desk.catalog, limits, templates, program, enforced)
    return desk.world


def plan_now(desk: Desk, policy: ResolvedPolicy, state: PolicyState) -> Plan:
    """A plan from what is stored of the world now."""
    seen = Observed(policy=state.facts, clock=ClockFacts(jumped=clock_jump(desk)))
    return world_of(desk).plan(policy, seen, state.facts.applied or "", desk.clock.now())
