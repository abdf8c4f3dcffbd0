"""Where a branch stands, read from git's own files: no process is started to learn that nothing has moved."""

from __future__ import annotations

from pathlib import Path

from reconciler.gitops.place import git_folders
from reconciler.gitops.revision import is_revision_id

_MOST_BYTES = 4 * 1024 * 1024


def tip_of(repository: Path, branch: str) -> str | None:
    """The full id that ``refs/heads/…`` names there; None when these files do not tell (git has to be asked).

    A loose ref wins over a packed one, as in gitrepository-layout(5). A symbolic ref, another storage of refs and
    whatever cannot be read give None.
    """
    try:
        for folder in reversed(git_folders(repository)):
            if found := _loose(folder / branch) or _packed(folder / "packed-refs", branch):
                return found if is_revision_id(found) else None
    except (OSError, UnicodeDecodeError):
        return None
    return None


def _loose(file: Path) -> str | None:
    return file.read_text("ascii").strip() if file.is_file() and file.stat().st_size < _MOST_BYTES else None


def _packed(file: Path, branch: str) -> str | None:
    if not file.is_file() or file.stat().st_size > _MOST_BYTES:
        return None
    lines = (line.partition(" ") for line in file.read_text("utf-8").splitlines())
    return next((found for found, _, name in lines if name == branch), None)
