"""Where the time of our own code goes, over all threads: ``PROFILE=1 python -m bench ROW`` prints it as rows run."""

from __future__ import annotations

import cProfile
import pstats
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LINES = 45


@contextmanager
def profiled(title: str) -> Iterator[None]:
    """Profile the block by CPU time, in this thread and in every thread that it starts; prints the top of both
    orders to standard error."""
    found: list[cProfile.Profile] = []

    def begin(*_event: object) -> None:
        found.append(cProfile.Profile(time.thread_time))
        found[-1].enable()

    threading.setprofile(begin)
    begin()
    try:
        yield
    finally:
        threading.setprofile(None)
        found[0].disable()
        stats = pstats.Stats(found[0], stream=sys.stderr)
        for one in found[1:]:
            with suppress(TypeError):  # a thread that did nothing
                stats.add(one)
        sys.stderr.write(f"\n{title}\n")
        stats.strip_dirs().sort_stats("tottime").print_stats(LINES)
        stats.sort_stats("cumulative").print_stats(LINES)
