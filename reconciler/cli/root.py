"""The words before a command: the options that all share, and the group that finds the command."""

from __future__ import annotations

import os
from pathlib import Path

import click

from reconciler import __version__
from reconciler.cli.group import LazyGroup
from reconciler.cli.session import Session
from reconciler.errors import UsageError

_EPILOG = """\
\b
For example:
  reconciler init ~/backups
  reconciler --config ~/backups/host/reconciler.yaml status
"""


def _version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(f"reconciler {__version__}")
        ctx.exit()


@click.group(
    cls=LazyGroup, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The host settings (default: $RECONCILER_CONFIG, else /etc/reconciler/reconciler.yaml, else "
    "~/.config/reconciler/reconciler.yaml).",
)
@click.option(
    "--log",
    type=click.Choice(["text", "json"]),
    default="text",
    help="What is said while actions run: lines for people, or JSON for programs.",
)
@click.option("--no-color", is_flag=True, help="No colour, also on a terminal (NO_COLOR works too).")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
@click.pass_context
def root(ctx: click.Context, config: Path | None, log: str, no_color: bool) -> None:
    """GitOps for backups: what should be protected stands in git, and this makes it so.

    These options stand before the command; each command has its own, see: reconciler COMMAND --help

    Exit codes: 0 ok, 1 error, 2 changes (only with --detailed-exitcode), 3 something is blocked or waits
    for approval, 4 a promise is breached (status --check), 64 wrong usage.
    """
    plain = no_color or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    if plain:
        ctx.color = False
    if config is not None and str(config) in ("", "."):
        raise UsageError("--config names no file", remedy="see: reconciler --help")
    ctx.obj = Session(config=config, log=log, plain=plain)
