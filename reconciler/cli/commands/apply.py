"""``reconciler apply``: do what the plan says, or exactly what a plan file says."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.outcome import exit_code, tell
from reconciler.cli.session import Session, pass_session
from reconciler.cli.watching import board_for


@click.command()
@click.argument("plan_file", required=False, type=click.Path(path_type=Path))
@pass_session
def command(session: Session, plan_file: Path | None) -> int:
    """Do what the plan says now. With PLAN_FILE: do exactly that, and refuse it when it is stale or altered."""
    from reconciler.operations.applying import apply_file
    from reconciler.operations.desk import open_desk
    from reconciler.operations.loop import drained_by_signals
    from reconciler.operations.passing import Pass

    with (
        open_desk(session.settings, verb="apply", lead=True) as desk,
        board_for(session) as board,
        drained_by_signals(desk, desk.drain),
    ):
        result = apply_file(desk, board, plan_file) if plan_file else Pass(desk, board).run()
    tell(result)
    return exit_code(result)
