"""The entry point: parses, runs, and is the only place that turns errors into exit codes."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from reconciler.cli.front import answered
from reconciler.cli.streams import STDERR, give_up, make_streams_whole
from reconciler.errors import ExitCode, ReconcilerError

if TYPE_CHECKING:
    import click


def main() -> None:
    """Run the command line and exit with the documented code; never a traceback."""
    make_streams_whole()
    # What a command imports and reads it keeps: looking through all that for rubbish each 700 objects, and once more
    # at the end, took a quarter of the CPU time of a short command.
    gc.set_threshold(50_000, 20, 20)
    code = run(sys.argv[1:])
    gc.freeze()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run with these arguments; gives the exit code."""
    try:
        return ExitCode.OK if answered(arguments) else _called(arguments)
    except ReconcilerError as error:
        _say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
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


def _called(arguments: list[str]) -> int:
    """Let click find the command and call it. Raises what the command raises, and KeyboardInterrupt."""
    import click

    from reconciler.cli.root import root

    try:
        found = root.main(arguments, prog_name="reconciler", standalone_mode=False)
        return int(found) if isinstance(found, int) else ExitCode.OK
    except click.exceptions.Exit as finished:
        return finished.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except click.ClickException as error:
        _say(_with_help(error, error.ctx if isinstance(error, click.UsageError) else None))
        return ExitCode.USAGE
    except click.Abort:
        raise KeyboardInterrupt from None


def _with_help(error: click.ClickException, context: click.Context | None) -> str:
    """Click says what is wrong with the words; where they are explained stands in the command's help."""
    line = " ".join(error.format_message().split()).rstrip(".")
    line += "" if line.endswith("?") else "."
    return f"{line} Next: see: {context.command_path if context else 'reconciler'} --help"


def _say(line: str) -> None:
    import click

    # Where nobody can be told, the exit code still says it.
    try:
        click.echo(f"reconciler: {' '.join(line.split())}", err=True)
    except OSError:
        give_up(STDERR)
