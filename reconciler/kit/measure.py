"""How much files and folders hold, looked up within a time: sizes only, nothing is opened, no process started."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

Monotonic = Callable[[], float]
_EACH = 256


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look at, and what to leave out: names, whole paths with ``/`` in front, files above a size."""

    include: Sequence[str]
    exclude: Sequence[str] = ()
    markers: Sequence[str] = ()
    larger_than: int | None = None
    one_file_system: bool = False


@dataclass(slots=True)
class Found:
    """Bytes so far; ``whole`` once everything was seen."""

    size: int = 0
    whole: bool = False


def measure_all(wanted: Mapping[str, Wanted], limit: float, clock: Monotonic = time.monotonic) -> dict[str, Found]:
    """By name what each holds; all together take no longer than ``limit`` seconds, also where a disk hangs."""
    found = {name: Found() for name in wanted}

    def look() -> None:
        end = clock() + limit
        for number, (name, one) in enumerate(wanted.items()):
            now = clock()
            share = (end - now) / (len(wanted) - number)
            _measure(one, found[name], now + share, clock)

    worker = threading.Thread(target=look, name="measure", daemon=True)
    worker.start()
    worker.join(limit + 1)
    return {name: Found(one.size, one.whole) for name, one in found.items()}


def _measure(wanted: Wanted, found: Found, end: float, clock: Monotonic) -> None:
    """What cannot be read counts for nothing, as it does in the backup."""
    for number, size in enumerate(_sizes(wanted)):
        found.size += size
        if number % _EACH == 0 and clock() >= end:
            return
    found.whole = True


def _sizes(wanted: Wanted) -> Iterator[int]:
    """The size of each file, and 0 for each folder, so that empty ones take part in the counting of time."""
    for root in wanted.include:
        try:
            start = os.lstat(root)
        except OSError:
            continue
        if not stat.S_ISDIR(start.st_mode):
            yield start.st_size
            continue
        folders = [root]
        while folders:
            yield 0
            try:
                with os.scandir(folders.pop()) as entries:
                    inside = list(entries)
            except OSError:
                continue
            if any(entry.name in wanted.markers for entry in inside):
                continue
            for entry in inside:
                yield from _one(entry, wanted, start.st_dev, folders)


def _one(entry: os.DirEntry[str], wanted: Wanted, device: int, folders: list[str]) -> Iterator[int]:
    if any(fnmatchcase(entry.path if "/" in pattern else entry.name, pattern) for pattern in wanted.exclude):
        return
    try:
        about = entry.stat(follow_symlinks=False)
        if entry.is_dir(follow_symlinks=False):
            if not wanted.one_file_system or about.st_dev == device:
                folders.append(entry.path)
        elif entry.is_file(follow_symlinks=False) and about.st_size <= (wanted.larger_than or about.st_size):
            yield about.st_size
    except OSError:
        return
