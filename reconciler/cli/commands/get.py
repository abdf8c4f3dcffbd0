"""``reconciler get``: lists."""

from __future__ import annotations

import click

from reconciler.cli.output import Drawing, list_format_option, print_list, print_table
from reconciler.cli.session import Session, pass_session

THINGS = ("assets", "repositories", "backups", "attempts", "holds")
ROWS, MOST = 50, 100_000


@click.command()
@click.argument("things", metavar="KIND", type=click.Choice(THINGS))
@click.option("--asset", metavar="NAME", default=None, help="Only of this asset (backups, attempts).")
@click.option("--repository", metavar="NAME", default=None, help="Only of this repository (backups, attempts).")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(1, MOST),
    default=None,
    help=f"At most so many (else {ROWS} in a table, all as JSON).",
)
@list_format_option
@pass_session
def command(
    session: Session, things: str, asset: str | None, repository: str | None, limit: int | None, output: str
) -> None:
    """List KIND: assets, repositories, backups (with why each is kept), attempts, or holds."""
    from reconciler.operations.listing import Wanted, list_things

    limit = limit or (MOST if output == "json" else ROWS)
    found = list_things(session.settings, Wanted(things, asset, repository, limit))
    if output == "json":
        print_list(found.kind, found.items[:limit])
        return
    if not found.rows:
        click.echo(f"No {things}.")
        return
    print_table(found.columns, found.rows[:limit], Drawing(wide=output == "wide", without=found.fixed))
    if len(found.rows) > limit:
        click.echo(f"… and {len(found.rows) - limit} more (--limit)")
