"""Cheap restic repositories: made without restic in a millisecond, filled with thousands of forged snapshots.

The key is derived with scrypt N=2, so that each restic process saves its 0.2 s of key derivation. The format:
https://restic.readthedocs.io/en/stable/100_references.html (repository format version 2).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.lab.sealing import Key

_POLYNOMIAL = "2abdc0e8c8e749"
_EMPTY_TREE = b'{"nodes":[]}\n'
_TREE_BLOB = 1
_FOLDERS = ("keys", "locks", "index", "snapshots", *(f"data/{number:02x}" for number in range(256)))


@dataclass(frozen=True, slots=True)
class CheapRepository:
    """A repository in a local folder, and the file that holds its password."""

    path: Path
    password: str
    password_file: Path

    @property
    def id(self) -> str:
        config = json.loads(open_key(self.path, self.password).open((self.path / "config").read_bytes()))
        return str(config["id"])

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which restic gets in."""
        return {"RESTIC_REPOSITORY": str(self.path), "RESTIC_PASSWORD_FILE": str(self.password_file)}


@dataclass(frozen=True, slots=True)
class ForgedSnapshot:
    """What a forged snapshot says of itself; without a tree it holds an empty folder.

    With `size` (bytes) or `files` it carries a summary like those that restic writes since 0.17.
    """

    time: datetime
    tags: tuple[str, ...] = ()
    hostname: str = "lab"
    paths: tuple[str, ...] = ("/lab",)
    original: str | None = None
    parent: str | None = None
    tree: str | None = None
    files: int | None = None
    size: int | None = None
    duration: timedelta = timedelta(seconds=1)


def make_repository(folder: Path, password: str = "lab-password") -> CheapRepository:
    """Make an empty repository in `folder`/repository, its password file beside it."""
    path = folder / "repository"
    for name in _FOLDERS:
        (path / name).mkdir(parents=True)
    key = Key.random()
    _write_named(path / "keys", _key_file(key, password))
    config = {"version": 2, "id": os.urandom(32).hex(), "chunker_polynomial": _POLYNOMIAL}
    (path / "config").write_bytes(key.seal(_json(config)))
    password_file = folder / "repository-password"
    password_file.write_text(password)
    password_file.chmod(0o400)
    return CheapRepository(path, password, password_file)


def forge_snapshots(repository: Path, password: str, entries: Iterable[ForgedSnapshot]) -> list[str]:
    """Write snapshot files directly and return their ids, in the order of the entries.

    restic lists, checks and forgets them like its own. Each naive time is a mistake and raises ValueError.
    """
    key = open_key(repository, password)
    empty = _write_empty_tree(repository, key)
    folder = repository / "snapshots"
    return [_write_named(folder, key.seal(_json(_snapshot(entry, empty)))) for entry in entries]


def open_key(repository: Path, password: str) -> Key:
    """Return the master key of a repository that was made here or by restic."""
    [file] = (repository / "keys").iterdir()
    fields = json.loads(file.read_bytes())
    salt, data = (base64.b64decode(fields[name]) for name in ("salt", "data"))
    user = Key.from_password(password, salt, fields["N"], fields["r"], fields["p"])
    return Key.from_json(user.open(data))


def _key_file(key: Key, password: str) -> bytes:
    salt, cost, block, parallel = os.urandom(64), 2, 1, 1
    user = Key.from_password(password, salt, cost, block, parallel)
    fields = {
        "created": datetime.now(UTC).isoformat(),
        "username": "lab",
        "hostname": "lab",
        "kdf": "scrypt",
        "N": cost,
        "r": block,
        "p": parallel,
        "salt": base64.b64encode(salt).decode(),
        "data": base64.b64encode(user.seal(key.to_json())).decode(),
    }
    return _json(fields)


def _snapshot(entry: ForgedSnapshot, empty: str) -> dict[str, object]:
    if entry.time.tzinfo is None:
        raise ValueError(f"a snapshot's time needs a zone: {entry.time}")
    fields: dict[str, object] = {
        "time": entry.time.isoformat(),
        "tree": entry.tree or empty,
        "paths": entry.paths,
        "hostname": entry.hostname,
        "username": "lab",
        "tags": entry.tags,
        "program_version": "restic 0.18.0",
    }
    fields |= {name: value for name in ("original", "parent") if (value := getattr(entry, name)) is not None}
    if entry.files is not None or entry.size is not None:
        fields["summary"] = _summary(entry)
    return fields


def _summary(entry: ForgedSnapshot) -> dict[str, object]:
    files, size = entry.files or 0, entry.size or 0
    unchanged = ("files_changed", "files_unmodified", "dirs_changed", "dirs_unmodified", "tree_blobs")
    return {
        "backup_start": entry.time.isoformat(),
        "backup_end": (entry.time + entry.duration).isoformat(),
        "files_new": files,
        "dirs_new": 1,
        **dict.fromkeys(unchanged, 0),
        "data_blobs": files,
        "data_added": size,
        "data_added_packed": size,
        "total_files_processed": files,
        "total_bytes_processed": size,
    }


def _write_empty_tree(repository: Path, key: Key) -> str:
    """Write a pack with the tree of an empty folder, and the index that lists it; returns the tree's id."""
    tree = hashlib.sha256(_EMPTY_TREE).hexdigest()
    blob = key.seal(_EMPTY_TREE)
    header = key.seal(struct.pack("<BI", _TREE_BLOB, len(blob)) + bytes.fromhex(tree))
    content = blob + header + struct.pack("<I", len(header))
    name = hashlib.sha256(content).hexdigest()
    (repository / "data" / name[:2] / name).write_bytes(content)
    entry = {"id": tree, "type": "tree", "offset": 0, "length": len(blob)}
    _write_named(repository / "index", key.seal(_json({"packs": [{"id": name, "blobs": [entry]}]})))
    return tree


def _write_named(folder: Path, content: bytes) -> str:
    name = hashlib.sha256(content).hexdigest()
    (folder / name).write_bytes(content)
    return name


def _json(value: dict[str, object]) -> bytes:
    # Text that begins with a brace is what restic takes for uncompressed in format 2.
    return json.dumps(value).encode()
