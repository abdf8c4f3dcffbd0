"""The three standard streams: there, and able to take every letter."""

from __future__ import annotations

import io
import os
import sys

_NAMES = ("stdin", "stdout", "stderr")
STDOUT, STDERR = 1, 2


def make_streams_whole() -> None:
    """A closed one becomes the null device, one of a poor encoding shows a question mark for what it lacks.

    Without that the next file that is opened, a database say, would get the number of a closed stream, and whatever
    is printed with it.
    """
    for number, name in enumerate(_NAMES):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower() != "utf-8":
            stream.reconfigure(errors="replace")


def give_up(number: int) -> None:
    """Nobody takes what is written there: the rest goes nowhere, so that Python does not fail over it at its end."""
    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, number)
    os.close(descriptor)
