"""The entry point: parses, runs, and is the only place that turns errors into exit codes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from reconciler.cli.group import LazyGroup
from reconciler.cli.session import Session
from reconciler.cli.streams import STDERR, give_up, make_streams_whole
from reconciler.errors import ExitCode, ReconcilerError, UsageError

_EPILOG = """\
\b
For example:
  reconciler init ~/backups
  reconciler --config ~/backups/host/reconciler.yaml status
"""


def _version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"reconciler {version('backup-reconciler')}")
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


def main() -> None:
    """Run the command line and exit with the documented code; never a traceback."""
    make_streams_whole()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run with these arguments; gives the exit code."""
    try:
        found = root.main(arguments, prog_name="reconciler", standalone_mode=False)
        return int(found) if isinstance(found, int) else ExitCode.OK
    except click.exceptions.Exit as finished:
        return finished.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except click.ClickException as error:
        _say(_with_help(error))
        return ExitCode.USAGE
    except ReconcilerError as error:
        _say(str(error))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted. Next: run it again; the next pass settles what was left open")
        return ExitCode.ERROR
    except OSError as error:
        # Disks fill and folders vanish: the place and the system's own words are what helps.
        place = f"{error.filename}: " if error.filename else ""
        _say(f"{place}{error.strerror or error}. Next: check that it exists, its permissions and its free space")
        return ExitCode.ERROR
    except Exception as error:  # the last line of defence: one line for a person, the rest on request
        if os.environ.get("RECONCILER_TRACEBACK"):
            raise
        _say(f"unexpected {type(error).__name__}: {error}. Next: run again with RECONCILER_TRACEBACK=1 and report it")
        return ExitCode.ERROR


def _with_help(error: click.ClickException) -> str:
    """Click says what is wrong with the words; where they are explained stands in the command's help."""
    line = " ".join(error.format_message().split()).rstrip(".")
    line += "" if line.endswith("?") else "."
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{line} Next: see: {context.command_path if context else 'reconciler'} --help"


def _say(line: str) -> None:
    # Where nobody can be told, the exit code still says it.
    try:
        click.echo(f"reconciler: {' '.join(line.split())}", err=True)
    except OSError:
        give_up(STDERR)
