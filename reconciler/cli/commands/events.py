"""``reconciler events``: the journal, for people."""

from __future__ import annotations

import click

from reconciler.cli.output import Drawing, list_format_option, print_list, print_table
from reconciler.cli.session import Session, pass_session


@click.command()
@click.option("--asset", metavar="NAME", default=None, help="Only of this asset.")
@click.option("--repository", metavar="NAME", default=None, help="Only of this repository.")
@click.option(
    "--limit", metavar="N", type=click.IntRange(1, 100_000), default=50, show_default=True, help="The newest so many."
)
@list_format_option
@pass_session
def command(session: Session, asset: str | None, repository: str | None, limit: int, output: str) -> None:
    """Show what happened: attempts, marks, deletions, approvals, restores. Newest last."""
    from reconciler.operations.history import events_of

    found = events_of(session.settings, asset, repository, limit)
    if output == "json":
        print_list("Event", found.items)
    elif found.rows:
        print_table(found.columns, found.rows, Drawing(wide=output == "wide"))
    else:
        click.echo("Nothing has happened yet.")
