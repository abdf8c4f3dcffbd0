"""The programs that are needed: where each lies, its version, and which versions are refused."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from reconciler.errors import ToolMissing
from reconciler.kit.process import Command, Watch, run, small_environment

Version = tuple[int, int, int]

OLDEST_RESTIC: Version = (0, 17, 0)
REFUSED_RESTIC = frozenset({(0, 19, 0)})
BEST_RESTIC: Version = (0, 19, 1)

_VERSION = re.compile(r"\b([0-9]+)\.([0-9]+)(?:\.([0-9]+))?")
_INSTALL = "install restic 0.18 or later (0.19.1 or later is best)"


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that answers."""

    path: Path
    version: Version

    @property
    def spelled(self) -> str:
        return ".".join(str(part) for part in self.version)


def find_tool(name: str, given: Path | None = None) -> Path:
    """The program's full path: the given one, or the first of that name in PATH. Raises ToolMissing."""
    found = shutil.which(str(given or name))
    if found is None:
        where = f"at {given}" if given else "in PATH"
        raise ToolMissing(f"{name} is not {where}", remedy=f"install {name}, or name its path in the settings")
    return Path(found).absolute()


def read_version(path: Path, *arguments: str) -> Version:
    """The first version in what the program says to ``arguments``. Raises ToolMissing."""
    command = Command((str(path), *arguments), small_environment())
    finished = run(command, Watch(stall=timedelta(seconds=30)))
    said = " ".join((*finished.stdout, *finished.stderr))
    match = _VERSION.search(said)
    if finished.code or match is None:
        raise ToolMissing(f"{path} does not tell its version: {said[:120]!r}", remedy=f"install {path.name}")
    return int(match[1]), int(match[2]), int(match[3] or 0)


def find_restic(given: Path | None = None) -> Tool:
    """restic in a version that can be trusted. Raises ToolMissing, also for a refused version."""
    path = find_tool("restic", given)
    tool = Tool(path, read_version(path, "version"))
    refuse_restic(tool.version)
    return tool


def refuse_restic(version: Version) -> None:
    """Raise ToolMissing for a version with which backups or listings cannot be trusted."""
    spelled = ".".join(str(part) for part in version)
    if version < OLDEST_RESTIC:
        raise ToolMissing(f"restic {spelled} is too old: it has no exit codes to rely on", remedy=_INSTALL)
    if version in REFUSED_RESTIC:
        raise ToolMissing(f"restic {spelled} lists snapshots and counts wrongly", remedy=_INSTALL)
