"""restic's argument lists, each a pure function of what is asked; places and secrets are added elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from reconciler.engines.protocol import BackupOrder
from reconciler.errors import EngineFailed
from reconciler.kinds.capture import PathsCapture, StreamCapture

NO_LOCK = "--no-lock"

_ID = re.compile(r"[0-9a-f]{64}")
# Ids in one call: 65 bytes each stay below the 2 MiB that Linux allows for all arguments.
_IDS_IN_A_CALL = 10_000


def backup(order: BackupOrder) -> tuple[str, ...]:
    """``backup``; the paths themselves come in a file, see ``paths_file``."""
    head = ("backup", "--json", f"--host={_plain(order.host)}", *_parent(order))
    tags = (f"--tag={_tag(tag)}" for tag in order.tags)
    at = (f"--time={_local(order.time)}",) if order.time else ()
    match order.capture:
        case PathsCapture():
            return (*head, *tags, *at, *_patterns(order.capture))
        case StreamCapture():
            return (*head, *tags, *at, *_stream(order.capture))


def paths_file(capture: PathsCapture) -> str:
    """The content for ``--files-from-raw``: neither patterns nor leading dashes mean anything there."""
    return "".join(f"{_plain(path)}\0" for path in capture.paths)


def snapshots(ids: Sequence[str] | None, *, cached: bool = True) -> list[tuple[str, ...]]:
    """``snapshots``, in as few calls as the ids need. A cached copy hides that the stored one is damaged."""
    head = ("snapshots", "--json", NO_LOCK, *_cache(cached))
    return [head] if ids is None else [(*head, *some) for some in _in_calls(ids)]


def list_of(kind: str) -> tuple[str, ...]:
    """``list snapshots``, ``list locks``."""
    return ("list", kind, NO_LOCK)


def read_config() -> tuple[str, ...]:
    """The repository's config, which holds its id."""
    return ("cat", "config", NO_LOCK)


def read_lock(lock: str) -> tuple[str, ...]:
    """One lock: who holds it since when."""
    return ("cat", "lock", NO_LOCK, checked_id(lock))


def initialise(*, like_another: bool) -> tuple[str, ...]:
    """``init``; with the chunker parameters of the origin given by ``--from-…``."""
    return ("init", "--json", *(("--copy-chunker-params",) if like_another else ()))


def copy(ids: Sequence[str], *, cached: bool = True) -> list[tuple[str, ...]]:
    """``copy``. Without --json, which has nothing to say there and would silence the progress.

    What the cache still holds of a damaged target is taken for copied already.
    """
    return [("copy", *_cache(cached), *some) for some in _in_calls(ids)]


def forget(ids: Sequence[str]) -> list[tuple[str, ...]]:
    """``forget`` of exact ids, never with --prune."""
    return [("forget", *some) for some in _in_calls(ids)]


def prune(repack_at_most: int | None) -> tuple[str, ...]:
    """``prune``, repacking at most so many bytes."""
    return ("prune", *(() if repack_at_most is None else (f"--max-repack-size={repack_at_most}",)))


def check(part: tuple[int, int] | None) -> tuple[str, ...]:
    """``check``, reading part k of n. Without --json, which would silence hours of progress."""
    if part is None:
        return ("check", NO_LOCK)
    number, parts = part
    if not 1 <= number <= parts:
        raise EngineFailed(f"part {number} of {parts} cannot be checked")
    return ("check", NO_LOCK, f"--read-data-subset={number}/{parts}")


def restore(backup_id: str, target: Path, include: Sequence[str]) -> tuple[str, ...]:
    """``restore`` below a target, each file read again and compared with its checksum.

    Without a lock: a stale one must not stand between people and their data; a file that another host's
    prune removes meanwhile makes it fail, loudly.
    """
    chosen = (f"--include={_literal(path)}" for path in include)
    return ("restore", "--json", NO_LOCK, "--verify", f"--target={target}", *chosen, checked_id(backup_id))


def list_files(backup_id: str) -> tuple[str, ...]:
    """``ls``: every file and folder of a backup, one JSON line each."""
    return ("ls", "--json", NO_LOCK, checked_id(backup_id))


def dump(backup_id: str, path: str) -> tuple[str, ...]:
    """``dump`` of one file to standard output."""
    return ("dump", NO_LOCK, checked_id(backup_id), "--", _plain(path))


def unlock() -> tuple[str, ...]:
    """Plain ``unlock``, never --remove-all."""
    return ("unlock",)


def checked_id(text: str) -> str:
    """A full id; anything shorter could name another backup, anything else an option."""
    if not _ID.fullmatch(text):
        raise EngineFailed(f"not a full id: {text!r}")
    return text


def _cache(cached: bool) -> tuple[str, ...]:
    return () if cached else ("--no-cache",)


def _parent(order: BackupOrder) -> tuple[str, ...]:
    # Without a parent restic searches for one, which costs 4 s among 100 000 snapshots and finds one of other
    # tags; --force skips the search. A first backup reads everything anyway.
    reads_all = isinstance(order.capture, PathsCapture) and order.capture.read_all
    if order.parent is None or reads_all or isinstance(order.capture, StreamCapture):
        return ("--force",)
    return (f"--parent={checked_id(order.parent)}",)


def _patterns(capture: PathsCapture) -> tuple[str, ...]:
    larger = capture.exclude_larger_than
    return (
        *(f"--exclude={_plain(pattern)}" for pattern in capture.exclude),
        *(f"--exclude-if-present={_plain(name)}" for name in capture.exclude_if_present),
        *(("--exclude-caches",) if capture.exclude_caches else ()),
        *((f"--exclude-larger-than={larger}",) if larger is not None else ()),
        *(("--one-file-system",) if capture.one_file_system else ()),
    )


def _stream(capture: StreamCapture) -> tuple[str, ...]:
    if "/" in capture.filename or not capture.filename:
        raise EngineFailed(f"a stream's file name must not hold a slash: {capture.filename!r}")
    return ("--stdin-from-command", f"--stdin-filename={_plain(capture.filename)}", "--", *capture.arguments)


def _local(time: datetime) -> str:
    # restic reads it in the local zone, which is UTC in the environment it gets.
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _tag(tag: str) -> str:
    # restic splits at commas, and drops white space around each tag.
    if not tag or "," in tag or tag != tag.strip():
        raise EngineFailed(f"not a tag that restic keeps as it is: {tag!r}")
    return _plain(tag)


def _literal(path: str) -> str:
    return re.sub(r"([\\*?\[])", r"\\\1", _plain(path))


def _plain(text: str) -> str:
    if "\0" in text:
        raise EngineFailed(f"a NUL character cannot be handed to restic: {text!r}")
    return text


def _in_calls(ids: Sequence[str]) -> list[tuple[str, ...]]:
    checked = tuple(checked_id(one) for one in ids)
    return [checked[start : start + _IDS_IN_A_CALL] for start in range(0, len(checked), _IDS_IN_A_CALL)]
