"""The machine's own files and folders: settings, state, key, pages, and the room they have."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from shlex import quote

from reconciler.kit.fsio import free_space
from reconciler.operations.doctoring.finding import Finding, error, ok, warning
from reconciler.operations.doctoring.scene import Scene
from reconciler.settings import HostSettings, override_variables
from reconciler.units.sizes import format_share, show_size

NEEDED = 200 * 1024 * 1024
"""Bytes without which a journal, a cache or a restore soon cannot be written."""


def settings_findings(file: Path | None, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Where the settings come from, and who may change them."""
    given = [name for name in override_variables() if name in environment]
    if given:
        yield ok("settings", f"from the environment: {', '.join(given)}")
    if file is None:
        return
    found = file.stat()
    if found.st_mode & stat.S_IWGRP or found.st_uid not in (0, os.geteuid()):
        who = f"uid {found.st_uid}, mode {found.st_mode & 0o777:04o}"
        yield warning(
            "settings",
            f"others may change {file} ({who})",
            f"chown root {quote(str(file))} && chmod 0644 {quote(str(file))}",
        )
    else:
        yield ok("settings", str(file))


def state_findings(settings: HostSettings) -> Iterator[Finding]:
    """The state folder and the host's key are closed to others, the pages can be written."""
    state, key, pages = Path(settings.state), Path(settings.key_file), Path(settings.runbooks.folder)
    if state.exists():
        yield _closed("state folder", state, "0700")
        if not os.access(state, os.W_OK | os.X_OK):
            remedy = f"look at its owner and its mount: ls -ld {quote(str(state))}; findmnt -T {quote(str(state))}"
            yield error("state folder", f"{state} cannot be written to", remedy)
    else:
        yield ok("state folder", f"{state} is made now")
    if key.exists():
        yield _closed("host key", key, "0400")
    place = _nearest(pages)
    if os.access(place, os.W_OK | os.X_OK):
        yield ok("runbooks", str(pages))
    else:
        yield error("runbooks", f"{place} cannot be written to", f"chown or chmod {place}, or set runbooks.folder")


def space_findings(settings: HostSettings) -> Iterator[Finding]:
    """Room for the state folder and for temporary files."""
    for what, folder in (("the state folder", Path(settings.state)), ("temporary files", Path(tempfile.gettempdir()))):
        free = free_space(folder).free
        if free < NEEDED:
            yield error(
                "space",
                f"only {show_size(free)} free for {what} ({folder})",
                f"make room: df -h {quote(str(_nearest(folder)))}",
            )
        else:
            yield ok("space", f"{show_size(free)} free for {what} ({folder})")


def repository_space_findings(scene: Scene) -> Iterator[Finding]:
    """Room for each local repository, by the policy's own thresholds."""
    for name, spec in scene.repositories.items():
        if spec.location.local is None:
            continue
        space = free_space(Path(spec.location.local.path))
        line = f"{show_size(space.free)} ({format_share(space.share_free)}) free for repository {name}"
        remedy = f"make room, or lower the retention: df -h {quote(str(_nearest(Path(spec.location.local.path))))}"
        if space.share_free < spec.capacity.critical_below:
            yield error("space", f"only {line}", remedy)
        elif space.share_free < spec.capacity.warn_below:
            yield warning("space", f"only {line}", remedy)
        else:
            yield ok("space", line)


def _closed(check: str, path: Path, mode: str) -> Finding:
    found = path.stat()
    if found.st_uid not in (0, os.geteuid()):
        return error(
            check,
            f"{path} belongs to uid {found.st_uid}",
            f"run as that user, or chown {os.geteuid()} {quote(str(path))}",
        )
    if found.st_mode & 0o077:
        return error(
            check, f"{path} is open to others (mode {found.st_mode & 0o777:04o})", f"chmod {mode} {quote(str(path))}"
        )
    return ok(check, f"{path}, closed to others")


def _nearest(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
