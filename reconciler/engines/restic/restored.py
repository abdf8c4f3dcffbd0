"""Counts what a restore has really written, following no link."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from reconciler.engines.protocol import Contents


def count_restored(target: Path) -> Contents:
    """What lies below: the bytes are those of plain files."""
    came = Contents(0, 0)
    start = len(str(target))
    waiting = [str(target)] if target.is_dir() else []
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                path = os.fsencode(entry.path[start:]).decode("utf-8", "replace")
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                    came = came.with_entry(path, 0, folder=True)
                    continue
                found = entry.stat(follow_symlinks=False)
                came = came.with_entry(path, found.st_size if stat.S_ISREG(found.st_mode) else 0)
    return came
