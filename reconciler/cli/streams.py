"""The three standard streams: there, and able to take every letter."""

from __future__ import annotations

import io
import os
import sys

_NAMES = ("stdin", "stdout", "stderr")


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
