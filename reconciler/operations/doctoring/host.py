"""Tools, folders, keys and space of this host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reconciler.errors import ReconcilerError
from reconciler.kit.fsio import free_space
from reconciler.kit.tools import BEST_RESTIC, find_restic, find_tool, read_version
from reconciler.operations.doctoring.finding import Finding, error, ok, warning
from reconciler.settings import HostSettings
from reconciler.units.sizes import show_size

_NEEDED = 200 * 1024 * 1024


def host_findings(settings: HostSettings) -> Iterator[Finding]:
    """Programs in usable versions, a state folder that is ours alone, room in it."""
    try:
        restic = find_restic(Path(settings.restic))
        yield ok("restic", f"{restic.path} {restic.spelled}")
        if restic.version < BEST_RESTIC:
            best = ".".join(str(part) for part in BEST_RESTIC)
            yield warning("restic", f"{restic.spelled} works; {best} or later is best", "install a newer restic")
    except ReconcilerError as found:
        yield error("restic", found.what, found.remedy)
    try:
        git = find_tool("git")
        yield ok("git", f"{git} {'.'.join(str(part) for part in read_version(git, '--version'))}")
    except ReconcilerError as found:
        yield error("git", found.what, found.remedy)
    yield from _state(settings)


def _state(settings: HostSettings) -> Iterator[Finding]:
    state = Path(settings.state)
    mode = state.stat().st_mode & 0o777
    if mode & 0o077:
        yield error("state folder", f"{state} is open to others (mode {mode:04o})", f"chmod 0700 {state}")
    else:
        yield ok("state folder", f"{state}, closed to others")
    space = free_space(state)
    if space.free < _NEEDED:
        yield error("state folder", f"only {show_size(space.free)} free", "make room: the journal must be written")
    else:
        yield ok("space", f"{show_size(space.free)} free for the state folder")
