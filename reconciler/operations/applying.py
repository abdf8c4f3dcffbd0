"""Applies a plan file: only what it says, and only while it is what would be done."""

from __future__ import annotations

from pathlib import Path

from reconciler.execution.board import Board
from reconciler.obligations.actions import Action, Key, key
from reconciler.operations.desk import Desk
from reconciler.operations.passing import Pass, PassResult
from reconciler.operations.planfile import essence, read_plan_file, refuse_stale
from reconciler.plan.plan import Plan


def apply_file(desk: Desk, board: Board, path: Path) -> PassResult:
    """Raises PlanRefused before anything is done."""
    given = read_plan_file(path, desk.settings)
    allowed: set[tuple[Key, str]] = set()

    def examine(plan: Plan) -> None:
        refuse_stale(given, plan)
        allowed.update(_exactly(action) for action in plan.runnable)

    def wanted(action: Action) -> bool:
        return _exactly(action) in allowed

    return Pass(desk, board, wanted=wanted, examine=examine).run()


def _exactly(action: Action) -> tuple[Key, str]:
    """The action on these backups: a later round marks or copies others under the same key."""
    return key(action), essence(action)
