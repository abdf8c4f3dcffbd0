"""Whether restic's own ``unlock`` may run: what it would remove, and whom it would disturb.

``unlock`` removes any lock that nobody refreshed for half an hour, another host's too; and to learn whether the
process of a younger lock of this host lives, it sends SIGHUP to that number, whoever has it by now.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconciler.engines.restic.parse import Lock
from reconciler.errors import RepositoryLocked

# Source: StaleLockTimeout in restic's internal/restic/lock.go; less a margin for clocks that differ.
_RESTIC_CALLS_IT_STALE = timedelta(minutes=30)
_MARGIN = timedelta(minutes=5)
_DEAD = ("Z", "X")
_POLL = 0.05


@dataclass(frozen=True, slots=True)
class Process:
    """A living process of this host."""

    name: str
    since: datetime


ProcessOf = Callable[[int], Process | None]


def refusal(locks: Iterable[Lock], host: str, process_of: ProcessOf, now: datetime) -> RepositoryLocked | None:
    """Why ``unlock`` must not run on these locks; None when it removes only those of dead processes here."""
    for lock in locks:
        holder = process_of(lock.pid) if lock.host == host else None
        why = _objection(lock, holder, now - lock.since, foreign=lock.host != host)
        if why:
            return RepositoryLocked(
                f"locked by process {lock.pid} on {lock.host} since {lock.since:%Y-%m-%d %H:%M} UTC, {why}",
                remedy=f"make sure that no restic runs on {lock.host}, then run restic unlock there",
            )
    return None


def process_of(pid: int) -> Process | None:
    """The process of that number on this host; None when there is none, or one that is dead and not yet buried."""
    try:
        name, state, counted = _stat(pid)
        ticks = int(counted[18])
        boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime "))
    except (OSError, ValueError, IndexError, StopIteration):
        return None
    if state in _DEAD:
        return None
    since = int(boot.split()[1]) + ticks / os.sysconf("SC_CLK_TCK")
    return Process(name, datetime.fromtimestamp(since, UTC))


def wait_for_burials(pids: Iterable[int], patience: timedelta = timedelta(seconds=5)) -> None:
    """Give whoever inherited dead processes a moment to bury them: until then restic takes them for alive."""
    deadline = time.monotonic() + patience.total_seconds()
    for pid in pids:
        while _is_unburied(pid) and time.monotonic() < deadline:
            time.sleep(_POLL)


def _is_unburied(pid: int) -> bool:
    try:
        return _stat(pid)[1] in _DEAD
    except (OSError, ValueError, IndexError):
        return False


def _stat(pid: int) -> tuple[str, str, list[str]]:
    """Its name, its state, and the fields that follow."""
    name, _, rest = Path(f"/proc/{pid}/stat").read_text(errors="replace").partition("(")[2].rpartition(")")
    state, *counted = rest.split()
    return name, state, counted


def _objection(lock: Lock, holder: Process | None, age: timedelta, *, foreign: bool) -> str:
    if foreign:
        return "whose life cannot be seen from here" if age > _RESTIC_CALLS_IT_STALE - _MARGIN else ""
    if holder is None:
        return ""
    if holder.since > lock.since + _MARGIN:
        # Its number was given to another process, which only an older lock leaves in peace.
        return "" if age > _RESTIC_CALLS_IT_STALE else f"whose number {holder.name} has now"
    if holder.name != "restic":
        return f"where {holder.name} has that number"
    return "which still lives" if age > _RESTIC_CALLS_IT_STALE - _MARGIN else ""
