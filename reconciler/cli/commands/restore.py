"""``reconciler restore``: an asset into an empty folder, counted and verified."""

from __future__ import annotations

import os
from pathlib import Path

import click

from reconciler.cli.session import Session, pass_session
from reconciler.errors import UsageError
from reconciler.units.durations import format_duration
from reconciler.units.sizes import show_size
from reconciler.views.plurals import counted


@click.command()
@click.argument("asset")
@click.option(
    "--target", metavar="DIR", required=True, type=click.Path(path_type=Path), help="An empty folder, or one to make."
)
@click.option(
    "--repository", metavar="NAME", default=None, help="From there (default: where the newest counted backup is)."
)
@click.option(
    "--backup",
    default=None,
    metavar="ID",
    help="This backup, by its id or the beginning of it (default: the newest counted one).",
)
@click.option("--reason", default="", help="Why; it is kept in the journal.")
@pass_session
def command(
    session: Session, asset: str, target: Path, repository: str | None, backup: str | None, reason: str
) -> None:
    """Bring ASSET back below --target; every byte is read again, and what came back is counted.

    Never writes into /, a symlink, or a folder that holds anything.
    """
    from reconciler.cli.bar import one_bar
    from reconciler.kit.person import current_person
    from reconciler.operations.desk import open_desk
    from reconciler.operations.looking import footing_of
    from reconciler.operations.restoring import RestoreOrder, restore

    if str(target) in ("", "."):
        raise UsageError("name the target folder", remedy="for example --target /srv/recover")
    if backup is not None and not backup.strip():
        raise UsageError("--backup is empty", remedy=f"leave it out, or see: reconciler get backups --asset {asset}")
    order = RestoreOrder(asset, target, current_person(os.environ), reason, repository, backup)
    with open_desk(session.settings, verb="restore") as desk, one_bar(session, f"restore {asset}") as on_progress:
        found = restore(desk, footing_of(desk).policy, order, on_progress)
    report = found.report
    took = format_duration(report.duration) if report.duration.total_seconds() >= 1 else "under a second"
    click.echo(
        f"{asset}: {counted(report.files, 'file')}, {show_size(report.size)} brought back and verified in {took}, "
        f"from backup {found.backup.id[:12]} in {found.backup.repository}, into {target}"
    )
