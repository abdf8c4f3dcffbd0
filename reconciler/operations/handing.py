"""What the runner works with, taken from the desk."""

from __future__ import annotations

from reconciler.execution.board import Board
from reconciler.execution.hands import Hands
from reconciler.operations.desk import Desk
from reconciler.operations.policy_state import PolicyState
from reconciler.policy.resolved import ResolvedPolicy


def hands_of(desk: Desk, policy: ResolvedPolicy, state: PolicyState, board: Board) -> Hands:
    """What the runner works with in this pass."""
    return Hands(
        settings=desk.settings,
        policy=policy,
        catalog=desk.catalog,
        engine=desk.engine,
        clock=desk.clock,
        lanes=desk.lanes,
        trails=desk.trails,
        environment=desk.environment,
        render=lambda: _render(desk, policy, state),
        stop=desk.drain,
        board=board,
        must_lead=desk.must_lead,
    )


def _render(desk: Desk, policy: ResolvedPolicy, state: PolicyState) -> object:
    # Jinja and all that pages are made of: a plan, and most passes, write none.
    from reconciler.operations.rendering import render_pages

    return render_pages(desk, policy, state.facts.applied or "")
