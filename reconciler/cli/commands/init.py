"""``reconciler init``: a policy repository, host settings and a passphrase, ready for the first pass."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--host", default=None, help="This machine's name in the policy (default: its host name).")
@click.option("--escrow", default=None, metavar="PLACE", help="Where a second copy of the passphrase is kept.")
def command(folder: Path, host: str | None, escrow: str | None) -> None:
    """Make DIR with policy/ (a git repository), host/ (settings and passphrase) and the folders around them.

    The passphrase is shown once, on a terminal only. Without it nobody can read the backups: keep a second copy.
    """
    from reconciler.kit.person import current_person
    from reconciler.operations.escrow import confirm_escrow
    from reconciler.operations.initiating import default_host, initiate
    from reconciler.operations.settings_of import settings_at

    made = initiate(folder, host or default_host())
    settings_file = made.folder / "host" / "reconciler.yaml"
    click.echo(f"Made {made.folder}: policy/ at revision {made.revision[:12]}, host/reconciler.yaml, host/passphrase")
    if sys.stdout.isatty() and sys.stdin.isatty():
        click.echo(f"\nThe passphrase, shown this once:\n\n    {made.passphrase}\n")
        escrow = escrow or click.prompt(
            "Where do you keep a second copy? (empty: not yet)", default="", show_default=False
        )
    if escrow:
        confirm_escrow(settings_at(settings_file), "local", escrow, current_person(os.environ))
        click.echo(f"Noted: a second copy is kept at {escrow}.")
    else:
        click.echo(f"A second copy of {made.folder}/host/passphrase is needed, or a lost disk loses every backup.")
        click.echo('When it is there: reconciler doctor --confirm-escrow local --place "…"')
    click.echo("\nNext:")
    for line in (
        f"export RECONCILER_CONFIG={settings_file}",
        "reconciler plan          # what would be done",
        "reconciler reconcile     # do it once; reconciler run does it for ever",
    ):
        click.echo(f"  {line}")
