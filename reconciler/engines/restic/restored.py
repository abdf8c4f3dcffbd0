"""Counts what a restore has really written, following no link."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from reconciler.engines.protocol import Contents


def count_restored(target: Path) -> Contents:
    """What lies below: the bytes are those of plain files."""
    files = size = folders = 0
    waiting = [str(target)] if target.is_dir() else []
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders += 1
                    waiting.append(entry.path)
                    continue
                files += 1
                found = entry.stat(follow_symlinks=False)
                size += found.st_size if stat.S_ISREG(found.st_mode) else 0
    return Contents(files, size, folders)
