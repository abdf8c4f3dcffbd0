"""``reconciler reconcile``: one whole pass."""

from __future__ import annotations

import click

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

    settings = session.settings
    with (
        told_when_it_fails(settings),
        open_desk(settings, verb="reconcile", lead=True) as desk,
        board_for(session) as board,
    ):
        tell_notices(desk.catalog.notices)
        with drained_by_signals(desk, desk.drain):
            result = Pass(desk, board).run()
            after_pass(desk, result)
    tell(result)
    return exit_code(result)
