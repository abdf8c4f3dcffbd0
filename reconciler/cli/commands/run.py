"""``reconciler run``: the loop, as the service runs it."""

from __future__ import annotations

import sys

import click

from reconciler.cli.outcome import tell_notices
from reconciler.cli.session import Session, pass_session
from reconciler.cli.watching import board_for


@click.command()
@pass_session
def command(session: Session) -> None:
    """Reconcile for ever: a pass when something is due, when a commit arrives, and at every poll.

    SIGTERM drains: nothing new starts, what runs may finish. A second one interrupts it cleanly.
    """
    from reconciler.cli.narrator import Narrator
    from reconciler.operations.desk import open_desk
    from reconciler.operations.loop import Loop
    from reconciler.operations.outage import told_when_it_fails
    from reconciler.operations.serving import Stage, serving

    settings = session.settings
    narrator = Narrator(sys.stderr, as_json=session.log == "json")
    with (
        told_when_it_fails(settings),
        open_desk(settings, verb="run", lead=True) as desk,
        board_for(session) as board,
    ):
        tell_notices(desk.catalog.notices)
        stage = Stage(desk.clock, settings.policy.interval)
        loop = Loop(desk, narrator.passed, narrator.troubled, stage, board)
        with serving(settings.listen_address, stage) as address:
            narrator.say("ready", f"host {settings.host}, metrics and health on {address}")
            loop.run()
        narrator.say("drained", "nothing is running any more")
