"""``reconciler doctor``: what is wrong with this host, and how to mend it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.output import format_option, print_list
from reconciler.cli.session import Session, pass_session
from reconciler.errors import ExitCode, ReconcilerError, UsageError
from reconciler.settings import settings_places
from reconciler.views.plurals import counted

if TYPE_CHECKING:
    from reconciler.operations.doctoring.every import Patient
    from reconciler.operations.doctoring.finding import Finding

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

    Each line is ✓ well, ! a warning or ✗ an error, and below the last two what mends it. Exit code 1 when
    something is an error. What is accepted or confirmed is written to the journal with your name.
    """
    from reconciler.operations.doctoring.every import every_finding

    _accept(session, accept_clock, accept_vanished, confirm_escrow, place, reason)
    findings = every_finding(_patient(session), offline=offline)
    if output == "json":
        found = tuple(findings)
        names = ("check", "level", "what", "remedy")
        print_list("Finding", ({name: str(getattr(one, name)) for name in names} for one in found))
        levels = Counter(one.level.value for one in found)
    else:
        levels = _print(findings)
    return ExitCode.ERROR if levels["error"] else ExitCode.OK


def _print(findings: Iterable[Finding]) -> Counter[str]:
    """Line by line, as they are found: a repository that does not answer takes its time."""
    levels: Counter[str] = Counter()
    for one in findings:
        levels[one.level.value] += 1
        sign, colour = SIGNS[one.level.value]
        click.secho(f"{sign} {one.check}: {one.what}", fg=colour)
        if one.remedy:
            click.echo(f"    {one.remedy}")
    errors, warnings = counted(levels["error"], "error"), counted(levels["warning"], "warning")
    click.echo(f"{counted(levels.total(), 'check')}: {errors}, {warnings}.")
    return levels


def _patient(session: Session) -> Patient:
    from reconciler.operations.doctoring.every import Patient

    try:
        settings = session.settings
    except ReconcilerError as trouble:
        return Patient(None, trouble=trouble)
    places = (session.config,) if session.config else map(Path, settings_places(os.environ))
    return Patient(settings, next((place for place in places if place.exists()), None))


def _accept(session: Session, clock: bool, vanished: str | None, escrow: str | None, place: str, reason: str) -> None:
    from reconciler.kit.person import current_person
    from reconciler.operations.doctoring import accepting
    from reconciler.operations.escrow import confirm_escrow

    person = current_person(os.environ)
    if place and escrow is None:
        raise UsageError("--place says where a passphrase is kept, but not which", remedy="add --confirm-escrow NAME")
    if reason and vanished is None:
        raise UsageError("--reason explains nothing alone", remedy="add --accept-vanished NAME")
    if clock:
        accepting.accept_clock(session.settings, person)
        click.echo(f"Noted: {person} says that the clock is right.", err=True)
    if vanished is not None:
        gone = accepting.accept_vanished(session.settings, vanished, person, reason)
        click.echo(f"Noted: {counted(gone, 'backup')} gone from {vanished} explained: {reason.strip()}", err=True)
    if escrow is not None:
        confirm_escrow(session.settings, escrow, place, person)
        click.echo(f"Noted: a second copy of the passphrase of {escrow} is kept at {place.strip()}.", err=True)
