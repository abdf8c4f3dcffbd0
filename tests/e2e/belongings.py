"""Data as real machines have it, and a picture of it that two folders can be compared by."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

NANOSECONDS = 1_600_000_000_123_456_789
NAMES = (
    *("with space", "it's", 'a "quoted" name', "back`tick", "$(touch pwned)", "-dash", "--target=x", "ünïcödé", "日本"),
    *(
        "line\nbreak",
        "tab\there",
        "star*",
        "semi;colon",
        "back\\slash",
        "per%sent",
        "trailing ",
        ".hidden",
        "#hash",
        "&",
    ),
)


def make_belongings(folder: Path) -> None:
    """Fill a new folder with everything that a restore could lose."""
    folder.mkdir(parents=True)
    for number, name in enumerate(NAMES):
        (folder / name).write_text(f"{number} {name!r}\n" * 3)
    Path(os.fsdecode(os.fsencode(folder) + b"/not-utf8-\xff")).write_text("bytes in a name")
    (folder / "empty").touch()
    (folder / "empty folder").mkdir(mode=0o711)
    (folder / "deep" / "er" / "est").mkdir(parents=True)
    (folder / "deep" / "er" / "est" / "file").write_bytes(os.urandom(200_000))
    with (folder / "sparse").open("wb") as sparse:
        sparse.truncate(3_000_000)
        sparse.seek(1_500_000)
        sparse.write(b"in the middle")
    (folder / "links").mkdir()
    for name, target in {
        "relative": "../empty",
        "absolute": str(folder / "sparse"),
        "dangling": "nowhere at all",
        "of a folder": "../deep",
    }.items():
        (folder / "links" / name).symlink_to(target)
    (folder / "one").write_text("one inode")
    os.link(folder / "one", folder / "deep" / "two")
    os.link(folder / "one", folder / "links" / "three")
    os.mkfifo(folder / "pipe")
    _modes_owners_and_times(folder)


def _modes_owners_and_times(folder: Path) -> None:
    modes = {"with space": 0o600, "it's": 0o4755, "-dash": 0o2750, ".hidden": 0o000, "empty": 0o444, "#hash": 0o1644}
    owner = os.geteuid() == 0
    if owner:
        os.chown(folder / "with space", 12345, 54321)
        os.chown(folder / "deep", 1, 2)
        os.lchown(folder / "links" / "dangling", 4242, 4243)
    for name, mode in modes.items():
        (folder / name).chmod(mode)
    (folder / "deep").chmod(0o1777)
    os.setxattr(folder / "ünïcödé", "user.note", b"kept\x00whole")
    os.setxattr(folder / "deep", "user.folder", b"too")
    for number, path in enumerate(sorted(folder.rglob("*"), reverse=True)):
        moment = NANOSECONDS + number * 1_000_003
        os.utime(path, ns=(moment, moment), follow_symlinks=False)
    os.utime(folder, ns=(NANOSECONDS, NANOSECONDS))


@dataclass(frozen=True, slots=True)
class Thing:
    """All that is kept of one entry; ``siblings`` the names that share its inode."""

    kind: str
    mode: int
    owner: tuple[int, int]
    mtime: int
    content: str
    attributes: tuple[tuple[str, bytes], ...]
    siblings: tuple[str, ...]


def picture(folder: Path) -> dict[str, Thing]:
    """Every entry below ``folder``, itself as ``.``, by its path."""
    paths = [folder, *folder.rglob("*")]
    inodes: dict[int, list[str]] = {}
    for path in paths:
        if not path.is_dir() or path.is_symlink():
            inodes.setdefault(path.lstat().st_ino, []).append(_name(path, folder))
    return {_name(path, folder): _thing(path, inodes) for path in paths}


def _name(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder))


def _thing(path: Path, inodes: dict[int, list[str]]) -> Thing:
    found = path.lstat()
    kind, content = stat.filemode(found.st_mode)[0], ""
    if kind == "l":
        content = str(path.readlink())
    elif kind == "-":
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    names = os.listxattr(path, follow_symlinks=False)
    attributes = tuple(sorted((name, os.getxattr(path, name, follow_symlinks=False)) for name in names))
    siblings = tuple(sorted(inodes.get(found.st_ino, ())))
    owner = (found.st_uid, found.st_gid)
    return Thing(kind, stat.S_IMODE(found.st_mode), owner, found.st_mtime_ns, content, attributes, siblings)
