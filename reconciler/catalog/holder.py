"""Who holds a database file: read from the kernel's table of locks, so that an error can name the process."""

from __future__ import annotations

import os
from pathlib import Path

_LOCKS = Path("/proc/locks")


def holder_of(database: Path) -> str:
    """``process 4711 (reconciler)``; empty when nobody else is seen to write."""
    inodes = set()
    for suffix in ("", "-wal", "-shm"):
        try:
            inodes.add(Path(f"{database}{suffix}").stat().st_ino)
        except OSError:
            continue
    try:
        lines = _LOCKS.read_text().splitlines()
    except OSError:
        return ""
    pids = (_writer(line, inodes) for line in lines)
    return next((f"process {pid} ({_command(pid)})" for pid in pids if pid and pid != os.getpid()), "")


def _writer(line: str, inodes: set[int]) -> int:
    """The process of a line like ``1: POSIX  ADVISORY  WRITE 4711 08:01:131 120 120``; 0 for other files."""
    fields = line.split()
    if "->" in fields or len(fields) < 6 or fields[3] != "WRITE":
        return 0
    inode = fields[5].rpartition(":")[2]
    return int(fields[4]) if inode.isdigit() and int(inode) in inodes and fields[4].isdigit() else 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "gone"
