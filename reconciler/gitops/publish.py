"""Commits rendered pages to a branch of the policy source, without touching anybody's working tree."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from reconciler.errors import PolicySourceError
from reconciler.gitops.explain import explained, misses_branch, unexplained
from reconciler.gitops.mirror import Mirror
from reconciler.gitops.place import RECEIVE_PACK
from reconciler.gitops.revision import blob_id, is_revision_id
from reconciler.gitops.source import PolicySource
from reconciler.settings import check_branch

_NEW = "refs/publish/new"
_HELD = "refs/publish/held"
_AUTHOR = "Backup Reconciler <reconciler@localhost>"


def publish(source: PolicySource, branch: str, files: Mapping[str, bytes], message: str, now: datetime) -> str | None:
    """Make the branch hold exactly these files; gives the new commit's id, None when it already did.

    Raises PolicySourceError when the branch is the policy's own, or the push is refused.
    """
    _refuse_odd_request(source, branch, files)
    mirror = source.mirror
    if not mirror.folder.is_dir():
        mirror.fetch()
    mirror.refuse_missing_source()
    _refuse_foreign_folder(mirror.source)
    with mirror.lane("publish pages"):
        parent = _newest(mirror, branch)
        if parent and _holds_exactly(mirror, parent, files):
            return None
        stream = _stream(parent, files, message, now)
        made = mirror.git().run(
            f"--git-dir={mirror.folder}", "fast-import", "--quiet", "--force", "--done", given=stream
        )
        if made.status:
            raise unexplained(made.complaint, mirror.settings.url)
        _push(mirror, branch)
        return mirror.read("rev-parse", "--verify", _NEW).text


def _refuse_odd_request(source: PolicySource, branch: str, files: Mapping[str, bytes]) -> None:
    try:
        check_branch(branch)
    except ValueError as error:
        raise PolicySourceError(str(error), remedy="correct runbooks.branch") from None
    if branch == source.settings.branch:
        raise PolicySourceError(
            f"pages must not go to the policy's own branch {branch}", remedy="set runbooks.branch to another"
        )
    for path in files:
        parts = path.split("/")
        odd = any(unicodedata.category(character)[0] == "C" for character in path) or '"' in path
        if odd or any(part.lower() in ("", ".", "..", ".git") for part in parts):
            raise PolicySourceError(f"{path!r} is no name for a page", remedy="rename the page")


def _refuse_foreign_folder(folder: Path | None) -> None:
    """What we write into another user's repository they could not write to any more."""
    if folder and folder.stat().st_uid != os.geteuid():
        raise PolicySourceError(
            f"{folder} belongs to uid {folder.stat().st_uid}, pages are not committed there",
            remedy="run the reconciler as that user, or name the policy source by an ssh or https URL",
        )


def _newest(mirror: Mirror, branch: str) -> str | None:
    """The branch's newest commit at the policy source, fetched; None when there is no such branch yet."""
    answer = mirror.fetch_into(mirror.folder, f"+refs/heads/{branch}:{_HELD}")
    if answer.status:
        if misses_branch(answer.complaint):
            return None
        url = mirror.settings.url
        raise explained(answer.complaint, url) or unexplained(answer.complaint, url)
    found = mirror.read("rev-parse", "--verify", _HELD).text
    return found if is_revision_id(found) else None


def _holds_exactly(mirror: Mirror, commit: str, files: Mapping[str, bytes]) -> bool:
    listing = mirror.read("ls-tree", "-r", "-z", "--full-tree", commit).output
    records = (record.partition(b"\t") for record in listing.split(b"\0") if record)
    held = {name: head.split()[2].decode() for head, _, name in records}
    return held == {path.encode(): blob_id(content) for path, content in files.items()}


def _stream(parent: str | None, files: Mapping[str, bytes], message: str, now: datetime) -> bytes:
    """The commit as `git fast-import` reads it (format: git-fast-import(1))."""
    text = message.encode()
    when = f"{int(now.timestamp())} +0000"
    head = f"commit {_NEW}\nauthor {_AUTHOR} {when}\ncommitter {_AUTHOR} {when}\ndata {len(text)}\n"
    parts = [f"reset {_NEW}\n\n".encode(), head.encode(), text, b"\n"]
    if parent:
        parts.append(f"from {parent}\n".encode())
    parts.append(b"deleteall\n")
    for path, content in sorted(files.items()):
        parts += [f"M 100644 inline {path}\ndata {len(content)}\n".encode(), content, b"\n"]
    return b"".join([*parts, b"\ndone\n"])


def _push(mirror: Mirror, branch: str) -> None:
    helper = (f"--receive-pack={RECEIVE_PACK}",) if mirror.source else ()
    answer = mirror.remote(
        mirror.folder,
        "push",
        "--quiet",
        "--no-verify",
        "--no-signed",
        *helper,
        "--",
        mirror.address,
        f"{_NEW}:refs/heads/{branch}",
    )
    if not answer.status:
        return
    if any(word in answer.complaint for word in ("non-fast-forward", "fetch first", "checked out", "hook")):
        raise PolicySourceError(
            f"the policy source refuses pages on branch {branch}: it is checked out, protected, or moved",
            remedy="keep that branch for the pages alone; the next pass tries again",
        )
    url = mirror.settings.url
    raise explained(answer.complaint, url) or unexplained(answer.complaint, url)
