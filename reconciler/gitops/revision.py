"""What is read from the policy source, as values: revisions, the files of one, and what was left out and why."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1

from reconciler.policy.documents import PolicyFile, Skipped

MAXIMUM_FILE = 1024 * 1024
MAXIMUM_FILES = 100_000
MAXIMUM_BYTES = 256 * 1024 * 1024
MAXIMUM_DEPTH = 20

_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_ENDINGS = (".yaml", ".yml")
_PLAIN_MODES = ("100644", "100755")
_ODD_MODES = {"120000": "a symlink is not followed", "160000": "a submodule is not read"}


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of the policy; ``signed_by`` is the allowed signer when signatures are demanded."""

    id: str
    committed_at: datetime
    author: str
    subject: str
    signed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Blob:
    """A file of a revision that has not been read yet: git's id of its content, and its size in bytes."""

    id: str
    size: int


@dataclass(frozen=True, slots=True)
class Tree:
    """The policy files of a revision by path relative to the policy's folder, without their contents."""

    blobs: Mapping[str, Blob] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyFiles:
    """The policy files of a revision or a folder, read."""

    files: tuple[PolicyFile, ...]
    skipped: tuple[Skipped, ...] = ()

    def __iter__(self) -> Iterator[PolicyFile]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def is_revision_id(value: str) -> bool:
    """Whether it is a full object id, of either kind that git knows."""
    return bool(_ID.fullmatch(value))


def blob_id(content: bytes) -> str:
    """git's id of a file's content (in a repository of the usual SHA-1 kind)."""
    return sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def looks_like_policy(path: str) -> bool:
    """YAML, and nothing hidden: ``.github/workflows/ci.yaml`` is not ours."""
    return path.lower().endswith(_ENDINGS) and not is_hidden(path)


def is_hidden(path: str) -> bool:
    if not path.startswith(".") and "/." not in path:
        return False  # nearly all are told so without being taken apart
    return any(part.startswith(".") and part not in (".", "..") for part in path.split("/"))


def why_unreadable(path: str, size: int) -> str | None:
    """Why a plain file is not read, or None. Names that would confuse a reader or a path are left out."""
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "its path climbs"
    if len(parts) > MAXIMUM_DEPTH:
        return f"it lies more than {MAXIMUM_DEPTH} folders deep"
    if not path.isprintable() and any(unicodedata.category(character)[0] == "C" for character in path):
        return "its name holds hidden or undecodable characters"
    if size > MAXIMUM_FILE:
        return "it is larger than 1 MiB"
    return None


def parse_tree(listing: bytes) -> Tree:
    """From ``git ls-tree -r -z -l``: what to read, and what is skipped and why."""
    blobs: dict[str, Blob] = {}
    skipped: list[Skipped] = []
    for record in listing.split(b"\0"):
        head, _, name = record.partition(b"\t")
        path = name.decode("utf-8", "surrogateescape")
        if not head or is_hidden(path):
            continue
        mode, _kind, object_id, size = head.decode().split()
        if mode in _ODD_MODES:
            skipped.append(Skipped(printable(path), _ODD_MODES[mode]))
        elif mode in _PLAIN_MODES and looks_like_policy(path):
            if why := why_unreadable(path, int(size)):
                skipped.append(Skipped(printable(path), why))
            else:
                blobs[path] = Blob(object_id, int(size))
    return Tree(blobs, tuple(sorted(skipped)))


def printable(path: str) -> str:
    """A path that can stand in a message: nothing in it hides, moves or ends a line, and it is not endless."""
    shown = "".join(
        f"\\u{ord(character):04x}" if unicodedata.category(character)[0] == "C" else character for character in path
    )
    return shown if len(shown) <= 200 else f"{shown[:97]}…{shown[-97:]}"


def parse_contents(output: bytes) -> dict[str, bytes]:
    """From ``git cat-file --batch``: content by id. Raises KeyError with the id of an object that is missing."""
    found: dict[str, bytes] = {}
    place = 0
    while place < len(output):
        end = output.index(b"\n", place)
        words = output[place:end].decode().split()
        if len(words) != 3 or words[1] != "blob":
            raise KeyError(words[0])
        place = end + 1 + int(words[2])
        found[words[0]] = output[end + 1 : place]
        place += 1
    return found
