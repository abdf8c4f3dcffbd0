"""``reconciler init``: a policy repository, host settings and a passphrase, ready for the first pass."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.operations.initiating import Made


@click.command()
@click.argument("folder", metavar="DIR")
@click.option(
    "--host", metavar="NAME", default=None, help="This machine's name in the policy (default: its host name)."
)
@click.option(
    "--name", metavar="NAME", default="backups", show_default=True, help="The policy's name; it stands on every backup."
)
@click.option("--git-hook", "hook", is_flag=True, help="Check the policy before each commit, by git's own hook.")
@click.option("--escrow", default="", metavar="PLACE", help="Where a second copy of the passphrase is kept.")
def command(folder: str, host: str | None, name: str, hook: bool, escrow: str) -> None:
    """Make DIR: the policy source (a git repository), this host's settings, a passphrase, and folders for the rest.

    The passphrase is shown once, on a terminal only. Without it nobody can read the backups: keep a second copy
    away from this machine.
    """
    from reconciler.operations.initiating import Wish, default_host, initiate

    if not folder.strip():
        raise UsageError("DIR is empty", remedy="name a folder, for example: reconciler init ~/backups")
    made = initiate(Wish(Path(folder), default_host() if host is None else host, name, hook), os.environ)
    _tell_made(made)
    place = _place(made, escrow)
    if place:
        _confirm(made, place)
        click.echo(f"Noted: a second copy is kept at {place}.")
    else:
        click.echo(
            "No second copy of host/passphrase is confirmed. Without it no backup can be read, wherever it lies."
        )
        click.echo("reconciler doctor reminds you until you have said where one is kept:")
        click.echo('  reconciler doctor --confirm-escrow local --place "…"')
    click.echo("\nNext:")
    click.echo(f"  export RECONCILER_CONFIG={quote(str(made.settings))}")
    click.echo("  reconciler plan         # what would be done, and nothing done")
    click.echo("  reconciler reconcile    # do it once; reconciler run does it for ever")


def _tell_made(made: Made) -> None:
    parts = (
        ("policy/", f"a git repository, branch main, revision {made.revision[:12]}: edit, commit"),
        ("host/", "this machine's settings and the passphrase"),
        ("state/", "the journal and the catalog"),
        ("repositories/", "where the first repository will lie"),
        ("runbooks/", "the pages that people recover with"),
    )
    click.echo(f"Made {made.folder}:")
    for part, what in parts:
        click.echo(f"  {part:<14} {what}")
    click.echo("")


def _place(made: Made, given: str) -> str:
    """Where the second copy is kept: shown and asked for on a terminal only, so that no log gets the passphrase."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return given.strip()
    click.echo("The passphrase of all backups, shown this once:")
    click.echo(f"\n    {made.passphrase}\n")
    if given.strip():
        return given.strip()
    asked: str = click.prompt("Where do you keep the copy? (Enter: not yet)", default="", show_default=False)
    return asked.strip()


def _confirm(made: Made, place: str) -> None:
    from reconciler.kit.person import current_person
    from reconciler.operations.escrow import confirm_escrow
    from reconciler.operations.settings_of import settings_at
    from reconciler.operations.starter import REPOSITORY_NAME

    confirm_escrow(settings_at(made.settings), REPOSITORY_NAME, place, current_person(os.environ))
