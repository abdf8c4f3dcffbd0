"""What can be known of a repository on this machine without starting restic."""

from __future__ import annotations

import hashlib
import os
import re
import time
from pathlib import Path

from reconciler.engines.protocol import Space

_ID = re.compile(r"[0-9a-f]{64}")
# Two changes within one tick of a coarse clock leave the same time of change.
_TOO_YOUNG = 2_000_000_000


def fingerprint(path: Path) -> str | None:
    """A sign that changes when a snapshot comes or goes, or the config is replaced; None when it is not there."""
    try:
        folder = (path / "snapshots").stat()
        sign = f"{folder.st_mtime_ns}.{folder.st_nlink}.{_standing(path)}"
        if time.time_ns() - folder.st_mtime_ns < _TOO_YOUNG:
            names = "\n".join(sorted(_names(path / "snapshots")))
            sign += f".{hashlib.sha256(names.encode()).hexdigest()[:16]}"
    except OSError:
        return None
    return sign


def holds_exactly(path: Path, sign: str, ids: frozenset[str]) -> bool:
    """Whether only snapshots have come and gone since that sign, and these are there; restic lists them by name too."""
    try:
        return sign.split(".")[2:7] == _standing(path).split(".") and ids == _names(path / "snapshots")
    except OSError:
        return False


def names(path: Path) -> frozenset[str]:
    """The ids of what is stored there as a snapshot, readable or not; none when the path is not there."""
    try:
        return frozenset(name for name in _names(path / "snapshots") if _ID.fullmatch(name))
    except OSError:
        return frozenset()


def space(path: Path) -> Space | None:
    """Total and free bytes of the file system; None when the path is not there."""
    try:
        found = os.statvfs(path)
    except OSError:
        return None
    return Space(total=found.f_blocks * found.f_frsize, free=found.f_bavail * found.f_frsize)


def _standing(path: Path) -> str:
    """What no backup changes: which folder and which config these are."""
    folder, config = (path / "snapshots").stat(), (path / "config").stat()
    return f"{folder.st_dev}.{folder.st_ino}.{config.st_mtime_ns}.{config.st_ino}.{config.st_size}"


def _names(folder: Path) -> frozenset[str]:
    # Plain names: a path object for each of 100 000 takes ten times as long.
    with os.scandir(folder) as entries:
        return frozenset(entry.name for entry in entries)
