"""A policy in a plain folder, for `validate` and `plan` before anything is committed."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import PolicySourceError
from reconciler.gitops.revision import (
    MAXIMUM_BYTES,
    MAXIMUM_FILE,
    MAXIMUM_FILES,
    PolicyFiles,
    blob_id,
    is_hidden,
    looks_like_policy,
    printable,
    why_unreadable,
)
from reconciler.policy.documents import PolicyFile, Skipped


class FolderSource:
    """The policy files below a folder (or one file), by the same rules as those of a revision."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def files(self) -> PolicyFiles:
        """Read them all, sorted by path. Raises PolicySourceError when the folder cannot be read."""
        root = self.path.resolve()
        try:
            if root.is_file():
                return PolicyFiles((_file(str(root), root.name),))
            found, skipped = _look(root)
            return PolicyFiles(tuple(_file(f"{root}/{name}", name) for name in found), tuple(sorted(skipped)))
        except OSError as error:
            raise PolicySourceError(
                f"{error.filename or self.path} cannot be read ({error.strerror})",
                remedy="check the path and its permissions",
            ) from None


def _look(root: Path) -> tuple[list[str], list[Skipped]]:
    # Paths are plain strings here: ten thousand Path objects cost more than reading what they name.
    found: dict[str, int] = {}
    skipped: list[Skipped] = []
    start = len(str(root).rstrip("/")) + 1
    for folder, folders, names in os.walk(root, onerror=_refuse, followlinks=False):
        inside, of_folders = folder[start:], frozenset(folders)
        for name in sorted(folders + names):
            path = f"{inside}/{name}" if inside else name
            if is_hidden(path):
                continue
            there = os.lstat(f"{root}/{path}")
            if why := _why_skipped(path, there, name in of_folders):
                skipped.append(Skipped(printable(path), why))
            elif name not in of_folders and looks_like_policy(path):
                found[path] = there.st_size
        folders[:] = sorted(name for name in folders if not name.startswith("."))
    _refuse_too_much(root, found)
    return sorted(found), skipped


def _why_skipped(path: str, found: os.stat_result, is_folder: bool) -> str | None:
    if stat.S_ISLNK(found.st_mode):
        return "a symlink is not followed"
    if is_folder or not looks_like_policy(path):
        return None
    return why_unreadable(path, found.st_size) if stat.S_ISREG(found.st_mode) else "it is no plain file"


def _refuse_too_much(root: Path, found: Mapping[str, int]) -> None:
    size = sum(found.values())
    if len(found) > MAXIMUM_FILES or size > MAXIMUM_BYTES:
        raise PolicySourceError(
            f"{root} holds {len(found)} policy files of {size} bytes: too many",
            remedy="name the policy's own folder",
        )


def _file(path: str, name: str) -> PolicyFile:
    # What was a file a moment ago may be a symlink or a pipe now.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        content = stream.read(MAXIMUM_FILE + 1)
    if len(content) > MAXIMUM_FILE:
        raise PolicySourceError(f"{path} is larger than 1 MiB", remedy="split it, or name another file")
    return PolicyFile(name, content, blob_id(content))


def _refuse(error: OSError) -> None:
    raise error
