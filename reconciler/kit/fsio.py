"""Files written so that a power cut leaves the old or the new one; nothing is written through a symlink."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from reconciler.errors import ReconcilerError


class UnsafePath(ReconcilerError):
    """A symlink, a foreign owner or the wrong kind of file stands where only we should write."""

    code = "unsafe-path"


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes of a file system: all of it, and what this user may still use."""

    total: int
    free: int

    @property
    def share_free(self) -> float:
        """0 to 1; a file system that reports no size counts as full."""
        return self.free / self.total if self.total else 0.0


def write_atomically(path: Path, content: bytes | str, *, mode: int = 0o644) -> None:
    """Write a whole file in one step, durably: another process sees the old content or the new.

    Raises UnsafePath when a symlink or something that is no file stands there, OSError when the disk does.
    """
    payload = content.encode() if isinstance(content, str) else content
    refuse_symlink(path)
    temporary = path.with_name(f".{path.name[:180]}.{token_hex(6)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
            file.write(payload)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        temporary.rename(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and removals inside a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def refuse_symlink(path: Path) -> None:
    """Raise UnsafePath when the path itself is a symlink or exists and is no plain file."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode):
        kind = "a symlink" if stat.S_ISLNK(found.st_mode) else "not a plain file"
        raise UnsafePath(f"{path} is {kind}", remedy=f"look at it, then remove it: ls -ld {path}")


def own_folder(path: Path) -> Path:
    """Make a folder (0700), with its parents; an existing one keeps its mode and must be ours.

    Raises UnsafePath when it is a symlink, no folder, or belongs to somebody else.
    """
    with suppress(FileExistsError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        path.mkdir(mode=0o700)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise UnsafePath(f"{path} is no folder", remedy="name another folder, or remove what stands there")
    if found.st_uid != os.geteuid():
        remedy = f"run as that user, or chown it to uid {os.geteuid()}"
        raise UnsafePath(f"{path} belongs to uid {found.st_uid}", remedy=remedy)
    return path


def private_folder(path: Path) -> Path:
    """Like ``own_folder``, and one that others can enter is closed to them."""
    own_folder(path)
    if stat.S_IMODE(path.lstat().st_mode) & 0o077:
        path.chmod(0o700)
    return path


def free_space(path: Path) -> Space:
    """What is left on the file system under a path; the nearest existing parent stands for a missing one."""
    while not path.exists() and path != path.parent:
        path = path.parent
    found = os.statvfs(path)
    return Space(total=found.f_blocks * found.f_frsize, free=found.f_bavail * found.f_frsize)
