"""Leases between threads and processes of this machine; the kernel ends them with their holder, also after a kill."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from secrets import token_hex

from reconciler.errors import LeaderElsewhere, RepositoryLocked
from reconciler.kit.clock import Clock
from reconciler.kit.fsio import own_folder, private_folder
from reconciler.units.durations import format_duration
from reconciler.units.instants import format_instant, parse_instant

PATIENCE = timedelta(minutes=10)
_POLL = 0.05


class Mode(StrEnum):
    """Shared: backup, copy, restore, list. Exclusive: forget, prune. A check excludes only the exclusive ones."""

    SHARED = "shared"
    EXCLUSIVE = "exclusive"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lease, as it said itself when it got it."""

    pid: int
    host: str
    verb: str
    mode: str
    since: datetime

    def __str__(self) -> str:
        return f"{self.verb} (pid {self.pid} on {self.host}, since {format_instant(self.since)})"


@dataclass(frozen=True, slots=True)
class Lease:
    """A held lease. A child that inherits ``descriptor`` keeps it alive even when this process is killed."""

    repository: str
    mode: Mode
    descriptor: int


class Lanes:
    """One lane per repository, in ``STATE/lanes``. ``patience``: an exclusive waiter stops new shared starts then."""

    def __init__(self, folder: Path, clock: Clock, *, patience: timedelta = PATIENCE) -> None:
        self._folder = private_folder(folder)
        self._clock = clock
        self._patience = patience

    @contextmanager
    def lease(
        self,
        repository: str,
        mode: Mode,
        *,
        verb: str,
        timeout: timedelta | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Lease]:
        """Hold a repository's lane for the block; without a timeout it waits as long as it takes.

        Raises RepositoryLocked, naming the holders, when the timeout has passed or ``stop`` is set.
        """
        lane = _open(self._folder / f"{repository}.lock")
        try:
            self._wait(lane, repository, mode, timeout, stop or threading.Event())
            with self._described(repository, mode, verb):
                yield Lease(repository, mode, lane)
        finally:
            os.close(lane)

    def holders(self, repository: str) -> tuple[Holder, ...]:
        """Who holds this repository's lane now, oldest first."""
        found = [_read_holder(file) for file in self._folder.glob(f"{repository}.*.holder")]
        return tuple(sorted((holder for holder in found if holder), key=lambda holder: holder.since))

    def _wait(self, lane: int, repository: str, mode: Mode, timeout: timedelta | None, stop: threading.Event) -> None:
        gate = _open(self._folder / f"{repository}.gate")
        begun = self._clock.monotonic()
        try:
            while not self._attempt(lane, gate, mode, self._clock.monotonic() - begun):
                waited = timedelta(seconds=self._clock.monotonic() - begun)
                if stop.is_set() or (timeout is not None and waited >= timeout):
                    raise self._locked(repository, waited)
                stop.wait(_POLL)
        finally:
            os.close(gate)

    def _attempt(self, lane: int, gate: int, mode: Mode, waited: float) -> bool:
        """One try. The gate is open (shared) for starters, and shut by an exclusive waiter out of patience."""
        if mode is Mode.EXCLUSIVE:
            if waited >= self._patience.total_seconds():
                _try(gate, fcntl.LOCK_EX)
            return _try(lane, fcntl.LOCK_EX)
        if not _try(gate, fcntl.LOCK_SH):
            return False
        taken = _try(lane, fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        return taken

    def _locked(self, repository: str, waited: timedelta) -> RepositoryLocked:
        holders = " and ".join(str(holder) for holder in self.holders(repository)) or "another waiter"
        return RepositoryLocked(
            f"its lane is held by {holders}, waited {format_duration(waited)}",
            remedy="the next pass tries again",
            subject=repository,
        )

    @contextmanager
    def _described(self, repository: str, mode: Mode, verb: str) -> Iterator[None]:
        file = self._folder / f"{repository}.{os.getpid()}-{token_hex(4)}.holder"
        descriptor = _publish(file, _holder(verb, mode.value, self._clock.now()))
        try:
            yield
        finally:
            file.unlink(missing_ok=True)
            os.close(descriptor)


Lead = Callable[[], None]
"""Raises LeaderElsewhere when the lock that was taken is not the one that others would meet any more."""


@contextmanager
def leadership(state: Path, clock: Clock, *, verb: str) -> Iterator[Lead]:
    """Lead on a state folder for the block. Raises LeaderElsewhere, saying who leads, at once."""
    file = own_folder(state) / "leader.lock"
    descriptor = _open(file)
    try:
        if not _try_for_a_moment(descriptor):
            who = _parse(file.read_bytes())
            raise LeaderElsewhere(
                f"another reconciler leads on {state}: {who or 'it has not said who it is'}",
                remedy="let it do the work, or stop it first",
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, _holder(verb, "leader", clock.now()), 0)
        yield partial(_must_lead, file, descriptor)
    finally:
        os.close(descriptor)


def _must_lead(file: Path, descriptor: int) -> None:
    """Whoever slept while somebody cleared its lock away must not go on beside the new leader."""
    with suppress(FileNotFoundError):
        if os.path.samestat(file.stat(), os.fstat(descriptor)):
            return
    raise LeaderElsewhere(
        f"{file} was removed or replaced while this process led, so another may lead now",
        remedy="start it again; the lock of a dead process needs no clearing",
    )


def leader(state: Path) -> Holder | None:
    """Who leads on a state folder now, without disturbing it."""
    return _read_holder(state / "leader.lock", remove=False)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _try(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _try_for_a_moment(descriptor: int) -> bool:
    """Whoever asks who leads holds the lock for an instant; that must not look like a leader."""
    for _ in range(5):
        if _try(descriptor, fcntl.LOCK_EX):
            return True
        threading.Event().wait(_POLL)
    return False


def _holder(verb: str, mode: str, now: datetime) -> bytes:
    found = {"pid": os.getpid(), "host": socket.gethostname(), "verb": verb, "mode": mode}
    return json.dumps(found | {"since": format_instant(now)}).encode()


def _publish(file: Path, content: bytes) -> int:
    """Write and lock a holder's file before it gets its name, so that nobody takes it for a dead one's."""
    hidden = file.with_suffix(".new")
    descriptor = _open(hidden)
    try:
        _try(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, content)
        hidden.rename(file)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _read_holder(file: Path, *, remove: bool = True) -> Holder | None:
    """The living holder that a file describes; a dead one's file is removed."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if not _try(descriptor, fcntl.LOCK_SH):
            return _parse(os.pread(descriptor, 4096, 0))
        if remove:
            with suppress(OSError):
                file.unlink()
        return None
    finally:
        os.close(descriptor)


def _parse(content: bytes) -> Holder | None:
    try:
        found = json.loads(content)
        since = parse_instant(found["since"])
        return Holder(int(found["pid"]), str(found["host"]), str(found["verb"]), str(found["mode"]), since)
    except (ValueError, KeyError, TypeError):
        return None
