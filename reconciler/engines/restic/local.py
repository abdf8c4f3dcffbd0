"""What can be known of a repository on this machine without starting restic."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

from reconciler.engines.protocol import Space

# Two changes within one tick of a coarse clock leave the same time of change.
_TOO_YOUNG = 2_000_000_000


def fingerprint(path: Path) -> str | None:
    """A sign that changes when a snapshot comes or goes, or the config is replaced; None when it is not there."""
    try:
        folder, config = (path / "snapshots").stat(), (path / "config").stat()
        parts = [folder.st_mtime_ns, folder.st_ino, folder.st_nlink]
        parts += [config.st_mtime_ns, config.st_ino, config.st_size]
        sign = ".".join(str(part) for part in parts)
        if time.time_ns() - folder.st_mtime_ns < _TOO_YOUNG:
            sign += f".{_names(path / 'snapshots')}"
    except OSError:
        return None
    return sign


def space(path: Path) -> Space | None:
    """Total and free bytes of the file system; None when the path is not there."""
    try:
        found = os.statvfs(path)
    except OSError:
        return None
    return Space(total=found.f_blocks * found.f_frsize, free=found.f_bavail * found.f_frsize)


def _names(folder: Path) -> str:
    return hashlib.sha256("\n".join(sorted(entry.name for entry in folder.iterdir())).encode()).hexdigest()[:16]
