"""What is asked most and needs nothing is answered here, before click is loaded: ``--version`` and ``--help``."""

from __future__ import annotations

import os
import sys

from reconciler import __version__
from reconciler.cli.ready import HELP
from reconciler.cli.streams import STDOUT, give_up


def answered(arguments: list[str]) -> bool:
    """Whether these arguments are answered, in the very words of click. Raises OSError where nothing can be written.

    Help for a width that is not ready is left to click.
    """
    if arguments == ["--version"]:
        text = f"reconciler {__version__}\n"
    elif arguments in (["--help"], ["-h"]):
        text = HELP.get(min(_columns(), max(HELP)), "")
    else:
        return False
    _say(text)
    return bool(text)


def _columns() -> int:
    """As ``shutil.get_terminal_size``, whose module loads three compressors; 0 where COLUMNS says it."""
    if os.environ.get("COLUMNS"):
        return 0
    try:
        return os.get_terminal_size(STDOUT).columns or min(HELP)
    except OSError:
        return min(HELP)


def _say(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        give_up(STDOUT)
