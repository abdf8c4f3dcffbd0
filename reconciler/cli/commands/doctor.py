"""``reconciler doctor``: what is wrong with this host, and how to mend it."""

from __future__ import annotations

import os

import click

from reconciler.cli.output import format_option, print_list
from reconciler.cli.session import Session, pass_session
from reconciler.errors import ExitCode

SIGNS = {"ok": ("✓", None), "warning": ("!", "yellow"), "error": ("✗", "red")}


@click.command()
@click.option("--offline", is_flag=True, help="Leave the policy source and the repositories alone.")
@click.option("--accept-clock", is_flag=True, help="The clock is right now: deletions may go on.")
@click.option("--accept-vanished", metavar="REPOSITORY", help="The backups gone from there are explained (--reason).")
@click.option("--confirm-escrow", metavar="REPOSITORY", help="A second copy of its passphrase is kept (--place).")
@click.option("--place", default="", help="Where the second copy is kept.")
@click.option("--reason", default="", help="Why; kept in the journal.")
@format_option
@pass_session
def command(
    session: Session,
    offline: bool,
    accept_clock: bool,
    accept_vanished: str | None,
    confirm_escrow: str | None,
    place: str,
    reason: str,
    output: str,
) -> int:
    """Check tools, versions, permissions, clocks, space, reachability, the journal and the passphrases.

    Exit code 1 when something is an error.
    """
    from reconciler.kit.person import current_person
    from reconciler.operations.doctoring import accepting
    from reconciler.operations.doctoring.every import every_finding
    from reconciler.operations.escrow import confirm_escrow as confirm

    settings, person = session.settings, current_person(os.environ)
    if accept_clock:
        accepting.accept_clock(settings, person)
    if accept_vanished:
        accepting.accept_vanished(settings, accept_vanished, person, reason)
    if confirm_escrow:
        confirm(settings, confirm_escrow, place, person)
    findings = every_finding(settings, offline=offline)
    if output == "json":
        names = ("check", "level", "what", "remedy")
        print_list("Finding", ({name: str(getattr(one, name)) for name in names} for one in findings))
    for one in findings if output != "json" else ():
        sign, colour = SIGNS[one.level.value]
        click.secho(f"{sign} {one.check}: {one.what}", fg=None if session.plain else colour)
        if one.remedy:
            click.echo(f"    {one.remedy}")
    return ExitCode.ERROR if any(one.level.value == "error" for one in findings) else ExitCode.OK
