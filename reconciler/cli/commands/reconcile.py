"""``reconciler reconcile``: one whole pass."""

from __future__ import annotations

import click

from reconciler.cli.first_run import FirstRun
from reconciler.cli.outcome import exit_code, tell, tell_notices
from reconciler.cli.session import Session, pass_session
from reconciler.cli.watching import board_for


@click.command()
@pass_session
def command(session: Session) -> int:
    """Make one whole pass: back up what is due, copy, let go what has expired, check, write the pages.

    Exit code 1 when something failed, 3 when something is blocked or waits for approval.
    """
    from reconciler.operations.alerting import after_pass
    from reconciler.operations.desk import open_desk
    from reconciler.operations.loop import drained_by_signals
    from reconciler.operations.outage import told_when_it_fails
    from reconciler.operations.passing import Pass
    from reconciler.operations.planning import estimate_of_pass

    settings = session.settings
    with (
        told_when_it_fails(settings),
        open_desk(settings, verb="reconcile", lead=True) as desk,
        board_for(session) as board,
    ):
        tell_notices(desk.catalog.notices)
        with drained_by_signals(desk, desk.drain):
            first = FirstRun(board, _silent if session.log == "json" else _say, desk.clock.monotonic)
            result = Pass(desk, first, examine=lambda plan: first.expect(estimate_of_pass(desk, plan))).run()
            after_pass(desk, result)
    tell(result)
    return exit_code(result)


def _say(line: str) -> None:
    click.echo(line, err=True)


def _silent(_line: str) -> None:
    """A log of JSON lines has no room for words."""
