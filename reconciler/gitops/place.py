"""Where a policy source lies: a path of this machine or a remote, and what git needs to know to go there."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from reconciler.kit.fsio import write_atomically
from reconciler.settings import PolicySettings

# A local source is read by a git of ours that runs in it: that one may fetch nothing, whatever is written there.
UPLOAD_PACK = "env GIT_ALLOW_PROTOCOL=none GIT_NO_LAZY_FETCH=1 git -c uploadpack.allowAnySHA1InWant=true upload-pack"
# … and one that writes pages into it runs none of its hooks and moves no checked-out branch.
RECEIVE_PACK = (
    "env GIT_ALLOW_PROTOCOL=none GIT_NO_LAZY_FETCH=1 "
    "git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c core.alternateRefsCommand=true "
    "-c receive.autogc=false -c receive.denyCurrentBranch=refuse -c receive.denyNonFastForwards=true "
    "receive-pack"
)


def local_path(url: str) -> Path | None:
    """The folder that a policy URL names on this machine, or None for a remote."""
    if url.startswith("/"):
        return Path(url)
    return Path(unquote(url.removeprefix("file://"))) if url.startswith("file://") else None


def protocol_of(url: str) -> str:
    """The one protocol that git may use: ``file``, ``https``, ``http`` or ``ssh``."""
    if local_path(url):
        return "file"
    scheme, separator, _ = url.partition("://")
    return scheme if separator else "ssh"


def address_of(url: str) -> str:
    """What git is given: a plain path for local sources, the URL as it is for all others."""
    path = local_path(url)
    return str(path) if path else url


def header_scope(url: str) -> str:
    """The part of an https URL to which its token is sent."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def enclosing_repository(folder: Path) -> tuple[Path, str] | None:
    """The git repository that a folder lies in, and the folder's path inside it (``.`` for its root)."""
    folder = folder.resolve()
    for root in (folder, *folder.parents):
        if (root / ".git").exists():
            inside = folder.relative_to(root).as_posix()
            return root, inside
    return None


def git_folders(repository: Path) -> tuple[Path, ...]:
    """Where git keeps a repository's refs: ``.git``, the folder itself if bare; a worktree has two."""
    git = repository / ".git"
    if git.is_file():
        named = git.read_text(errors="replace").removeprefix("gitdir:").strip()
        git = (repository / named).resolve()
    elif not git.is_dir():
        git = repository
    common = git / "commondir"
    shared = ((git / common.read_text().strip()).resolve(),) if common.is_file() else ()
    return tuple(dict.fromkeys((git, *shared)))


def write_configuration(file: Path, settings: PolicySettings, mirror: Path) -> None:
    """Write the configuration that stands in for the user's: these exact folders may belong to anybody.

    git takes ``safe.directory`` from no repository and no ``-c``, and the settings name the source.
    """
    source = local_path(settings.url)
    folders = [mirror, mirror.with_suffix(".new")]
    if source:
        folders += [source, source / ".git", source.resolve(), source.resolve() / ".git"]
        if source.is_dir():
            folders += git_folders(source)
    quoted = dict.fromkeys(str(folder).replace("\\", "\\\\").replace('"', '\\"') for folder in folders)
    text = "[safe]\n" + "".join(f'\tdirectory = "{folder}"\n' for folder in quoted)
    if not file.is_file() or file.read_text() != text:
        write_atomically(file, text, mode=0o600)
