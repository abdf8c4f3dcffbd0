"""``reconciler backup``: one asset, now, whether it is due or not."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime

import click

from reconciler.cli.session import Session, pass_session
from reconciler.cli.times import TIME
from reconciler.cli.watching import board_for
from reconciler.errors import ExitCode
from reconciler.units.instants import parse_date


@click.command()
@click.argument("asset")
@click.option(
    "--repository", metavar="NAME", default=None, help="Only into this repository (default: every one that is no copy)."
)
@click.option("--reason", default="", help="Why; it is kept in the journal.")
@click.option("--keep-until", default=None, metavar="DATE", help="Keep it until that day, whatever retention says.")
@click.option("--at", type=TIME, default=None, help="Give the backup this time: to import history, or to demonstrate.")
@click.option("--read-all", is_flag=True, help="Read every file again, also those that look unchanged.")
@pass_session
def command(
    session: Session,
    asset: str,
    repository: str | None,
    reason: str,
    keep_until: str | None,
    at: datetime | None,
    read_all: bool,
) -> int:
    """Back up ASSET now, whether it is due or not, beside whatever the loop does.

    The backup is proven and journalled as any other; exit code 1 when it failed in a repository.
    """
    from reconciler.kit.person import current_person
    from reconciler.operations.backing_up import BackupOrder, back_up_now
    from reconciler.operations.desk import open_desk

    order = BackupOrder(asset, current_person(os.environ), reason, repository, _day(keep_until), at, read_all)
    with open_desk(session.settings, verb="backup") as desk, board_for(session) as board:
        done = back_up_now(desk, board, order)
    return ExitCode.ERROR if any(found.error for found in done) else ExitCode.OK


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = parse_date(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--keep-until") from None
    if day < datetime.now(UTC).date():
        raise click.BadParameter(f"{text} is over: nothing would be kept", param_hint="--keep-until")
    return day
