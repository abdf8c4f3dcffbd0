"""What is captured: sources that this version cannot read yet, and backups that would contain themselves."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from reconciler.kinds.files import FilesSource
from reconciler.kinds.source import WORKING
from reconciler.policy.checks.finding import Finding
from reconciler.policy.documents import Severity
from reconciler.policy.resolved import ResolvedAsset, ResolvedPolicy


def later_sources(policy: ResolvedPolicy) -> Iterator[Finding]:
    """Kinds of source that parse already and come later."""
    for asset in policy.assets.values():
        kind = asset.source.kind
        if kind not in WORKING:
            message = (
                f"this version captures {', '.join(sorted(WORKING))}; {kind} comes later, and until then "
                f"{asset.name} is shown as unattainable"
            )
            yield Finding("Asset", asset.name, ("spec", "source"), "source-later", message, Severity.WARNING)


def later_secrets(policy: ResolvedPolicy) -> Iterator[Finding]:
    """SOPS references parse already and come later."""
    for name, spec in policy.repositories.items():
        if spec.password_from.sops:
            message = "this version reads passphrases from env, file or credential; sops comes later"
            yield Finding("Repository", name, ("spec", "passwordFrom"), "secret-later", message, Severity.WARNING)


def captured_repositories(policy: ResolvedPolicy) -> Iterator[Finding]:
    """An asset whose files hold one of its own repositories would grow with every backup, without end."""
    for asset in policy.assets.values():
        files = asset.source.files
        if files is None:
            continue
        for placement in asset.placements:
            spec = policy.repositories[placement.repository]
            path = spec.location.local.path if spec.location.local else None
            if path and spec.keeper in (asset.host, "none"):
                yield from _captured(asset, files, placement.repository, path)


def _captured(asset: ResolvedAsset, files: FilesSource, repository: str, path: str) -> Iterator[Finding]:
    for index, included in enumerate(files.include):
        if not (_within(path, included) or _within(included, path)) or _is_excluded(path, files):
            continue
        # On a disk of its own the repository is left out by one-file-system, which only the host can tell.
        if files.one_file_system and path != included and _within(path, included):
            severity, unless = Severity.WARNING, " unless it is on another file system"
        else:
            severity, unless = Severity.ERROR, ""
        message = f"{included} holds the repository {repository} ({path}), which would back up itself{unless}"
        where = ("spec", "source", "files", "include", index)
        yield Finding("Asset", asset.name, where, "captures-itself", f"{message}; exclude it", severity)


def _within(path: str, folder: str) -> bool:
    return path == folder or folder == "/" or path.startswith(f"{folder}/")


def _is_excluded(path: str, files: FilesSource) -> bool:
    parts = path.strip("/").split("/")
    folders = ["/" + "/".join(parts[: length + 1]) for length in range(len(parts))]
    return any(
        any(fnmatchcase(part, pattern) for part in parts)
        if "/" not in pattern
        else any(_matches(folder, pattern.rstrip("/")) for folder in folders)
        for pattern in files.exclude
    )


def _matches(folder: str, pattern: str) -> bool:
    """restic's star stops at a slash; a pattern with two stars in a row is left to it."""
    ours, theirs = folder.split("/"), pattern.split("/")
    return len(ours) == len(theirs) and all(map(fnmatchcase, ours, theirs))
