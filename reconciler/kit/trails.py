"""The trail of an attempt: files that its programs hold locked while they live, and where a backup's words outlive us.

The kernel gives the lock to whoever inherited the descriptor and takes it away with the last of them, so it tells
whether a program of an attempt still lives after its reconciler was killed.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconciler.errors import CatalogError
from reconciler.kit.fsio import private_folder

_POLL = 0.05
_ERRORS = ".errors"
_MOST_READ = 64 << 20


@dataclass(frozen=True, slots=True)
class Trail:
    """Descriptors to which a program may write its streams; ``stdout`` bears the lock."""

    stdout: int
    stderr: int


@dataclass(frozen=True, slots=True)
class Said:
    """What a program had written when it ended, and when that was."""

    stdout: tuple[str, ...]
    stderr: tuple[str, ...]
    at: datetime


class Trails:
    """The trails in ``STATE/attempts``, each named after its attempt."""

    def __init__(self, folder: Path) -> None:
        self._folder = private_folder(folder)

    @contextmanager
    def leave(self, attempt: str) -> Iterator[Trail]:
        """A new trail, held for the block. It stays until ``remove``, which follows the outcome in the journal.

        Raises CatalogError when the state folder cannot hold it.
        """
        stdout = self._make(attempt)
        try:
            fcntl.flock(stdout, fcntl.LOCK_EX | fcntl.LOCK_NB)
            stderr = self._make(f"{attempt}{_ERRORS}")
            try:
                os.write(stderr, f"{_boot()}\n".encode())
                yield Trail(stdout, stderr)
            finally:
                os.close(stderr)
        finally:
            os.close(stdout)

    def lives(self, attempt: str) -> bool:
        """A program of this attempt, or the reconciler that runs it, is alive."""
        try:
            descriptor = os.open(self._folder / attempt, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def said(self, attempt: str) -> Said | None:
        """What its programs wrote; None without a trail, or when it is longer than any sane one.

        None too when the machine has started anew since: its streams were not synced, and their end may be lost.
        """
        out, errors = self._folder / attempt, self._folder / f"{attempt}{_ERRORS}"
        try:
            found = [file.stat() for file in (out, errors)]
            if sum(one.st_size for one in found) > _MOST_READ:
                return None
            at = datetime.fromtimestamp(max(one.st_mtime for one in found), UTC)
            boot, *complaints = _lines(errors) or ("",)
            return Said(_lines(out), tuple(complaints), at) if boot == _boot() else None
        except FileNotFoundError:
            return None

    def left(self) -> tuple[str, ...]:
        """The attempts whose trails are there."""
        return tuple(sorted(file.name for file in self._folder.iterdir() if file.suffix != _ERRORS))

    def remove(self, attempt: str) -> None:
        """Forget a trail; the errors go last, so that half a trail is still found by its name."""
        for name in (f"{attempt}{_ERRORS}", attempt):
            (self._folder / name).unlink(missing_ok=True)

    def end(self, attempt: str, grace: timedelta) -> bool:
        """Ask whatever lives of this attempt to end, so that it can remove its locks; kill it after ``grace``.

        Gives whether it is gone. Only programs of this user are found.
        """
        for number in (signal.SIGTERM, signal.SIGKILL):
            for holder in self._holders(attempt):
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(holder, number)
            if self.wait(attempt, grace):
                return True
        return False

    def wait(self, attempt: str, patience: timedelta) -> bool:
        """Give its programs so long to end by themselves; whether they did."""
        deadline = time.monotonic() + patience.total_seconds()
        while self.lives(attempt) and time.monotonic() < deadline:
            time.sleep(_POLL)
        return not self.lives(attempt)

    def _make(self, name: str) -> int:
        how = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return os.open(self._folder / name, how, 0o600)
        except OSError as error:
            what = f"{self._folder} cannot hold the trail of an attempt: {error.strerror}"
            raise CatalogError(what, remedy="see its space and its owner: reconciler doctor") from error

    def _holders(self, attempt: str) -> list[int]:
        file = str((self._folder / attempt).resolve())
        with os.scandir("/proc") as processes:
            return [int(one.name) for one in processes if one.name.isdigit() and _holds(one.path, file)]


def _holds(process: str, file: str) -> bool:
    with suppress(OSError), os.scandir(f"{process}/fd") as descriptors:
        for descriptor in descriptors:
            with suppress(OSError):
                if str(Path(descriptor.path).readlink()) == file:
                    return True
    return False


def _boot() -> str:
    """Which start of the machine this is."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _lines(file: Path) -> tuple[str, ...]:
    return tuple(file.read_bytes().decode("utf-8", "replace").splitlines())
