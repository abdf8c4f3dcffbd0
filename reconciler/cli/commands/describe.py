"""``reconciler describe``: everything about one asset or repository."""

from __future__ import annotations

import click

from reconciler.cli.output import print_text
from reconciler.cli.session import Session, pass_session


@click.command()
@click.argument("thing", metavar="KIND/NAME")
@pass_session
def command(session: Session, thing: str) -> None:
    """Show everything about asset/NAME or repository/NAME: settings, promises, backups, attempts, what is planned."""
    from reconciler.operations.describing import describe

    print_text(describe(session.settings, thing).rstrip("\n"))
