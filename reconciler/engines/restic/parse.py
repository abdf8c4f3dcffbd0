"""What restic answers, as values. Garbage raises: half an answer never becomes half a world."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.engines.protocol import CheckReport, Progress
from reconciler.engines.restic.fields import Fields, Garbage, decode, decode_line
from reconciler.observed.listing import Snapshot

_ID = re.compile(r"[0-9a-f]{64}")
_ELAPSED = re.compile(rb"^\x1b\[2K|^\[[0-9:]+\] ")
_COUNTED = re.compile(r"^\[[0-9:]+\] +[0-9.]+%  ([0-9]+) / ([0-9]+) ")
_WALKED = re.compile(r"\[[0-9:]+\] +(?:[0-9.]+%  ([0-9]+) / )?([0-9]+) snapshots")
# What restic says of damage. An unused pack ("not referenced in any index") is none: each killed backup leaves some.
_UNSOUND = re.compile(
    r"^(?:error|fatal)\b|^the repository (?:is|contains) damaged|^(?:fatal: )?repository contains errors"
    r"|\"message_type\": ?\"error\"|\"num_errors\": ?[1-9]",
    re.IGNORECASE,
)
_SUGGESTION = re.compile(r"restic (?:repair|prune|rebuild-index)\b[^'`\"]*")


@dataclass(frozen=True, slots=True)
class BackupSummary:
    """What restic says of a backup that it has saved; sizes in bytes."""

    id: str
    files: int
    size: int
    added: int


@dataclass(frozen=True, slots=True)
class Lock:
    """Who holds a lock."""

    host: str
    pid: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Node:
    """A file, folder or link in a backup: its path there, restic's word for what it is, its bytes (files only)."""

    path: str
    type: str
    size: int


def snapshots(document: bytes) -> tuple[Snapshot, ...]:
    """The JSON of ``restic snapshots``. Raises Garbage."""
    entries = decode(document)
    if not isinstance(entries, list):
        raise Garbage("the listing is no list")
    return tuple(_snapshot(Fields(entry)) for entry in entries)


def ids(document: bytes) -> frozenset[str]:
    """The lines of ``restic list``. Raises Garbage."""
    lines = document.decode("ascii", "replace").split()
    for line in lines:
        _id(line)
    return frozenset(lines)


def identity(document: bytes) -> str:
    """The repository's id, out of its config. Raises Garbage."""
    return _id(Fields(decode(document)).text("id"))


def initialised(lines: Iterable[str]) -> str:
    """The id that ``init`` gave. Raises Garbage."""
    for fields in _messages(lines, "initialized"):
        return _id(fields.text("id"))
    raise Garbage("init named no id")


def summary(lines: Iterable[str]) -> BackupSummary | None:
    """The last summary of ``backup`` that names a snapshot; None when there is none."""
    for fields in _messages(lines, "summary"):
        try:
            return BackupSummary(
                id=_id(fields.text("snapshot_id")),
                files=fields.number("total_files_processed"),
                size=fields.number("total_bytes_processed"),
                added=fields.number("data_added_packed") or fields.number("data_added"),
            )
        except Garbage:
            return None
    return None


def unreadable(line: bytes) -> str | None:
    """The path that an error line of ``backup`` complains about."""
    fields = decode_line(line)
    if fields is None or _word(fields, "message_type") != "error":
        return None
    return _word(fields, "item") or "what it does not name"


def progress(line: bytes) -> Progress | None:
    """A status line of backup, restore or copy as a value; None when the line is none."""
    fields = decode_line(line)
    if fields is None:
        counted = _COUNTED.match(line[:200].decode("utf-8", "replace"))
        return Progress(files_done=int(counted[1]), files_total=int(counted[2])) if counted else None
    if _word(fields, "message_type") != "status":
        return None
    try:
        return Progress(
            bytes_done=fields.number("bytes_done") or fields.number("bytes_restored"),
            bytes_total=fields.number("total_bytes"),
            files_done=fields.number("files_done") or fields.number("files_restored"),
            files_total=fields.number("total_files"),
            left=timedelta(seconds=seconds) if (seconds := fields.number("seconds_remaining")) else None,
        )
    except (Garbage, OverflowError):
        return None


def footprint(line: bytes) -> object:
    """What a line of output says apart from the time that has passed: two alike mean that nothing moved."""
    found = progress(line)
    if found is not None:
        return found.bytes_done, found.bytes_total, found.files_done, found.files_total
    return _ELAPSED.sub(b"", line)


def check(code: int, stdout: Sequence[str], stderr: Sequence[str]) -> CheckReport | None:
    """The verdict of ``check``; None when it came to none, contradicts it, or tells no work that bears it out."""
    told = [line.strip() for line in stderr if line.strip()]
    walked = [found for line in stdout if (found := _WALKED.fullmatch(line.strip()))]
    good = any(line.strip() == "no errors were found" for line in stdout)
    if code == 0 and good and walked and (walked[-1][1] or "0") == walked[-1][2]:
        complains = any(_UNSOUND.search(line) for line in (*stdout, *stderr))
        return None if complains else CheckReport(sound=True, snapshots=int(walked[-1][2]))
    if code == 1 and any("repository contains errors" in line for line in told):
        suggestion = next((found[0].strip() for line in told if (found := _SUGGESTION.search(line))), "")
        return CheckReport(sound=False, lines=tuple(told), suggestion=suggestion)
    return None


def lock(document: bytes) -> Lock:
    """One lock's JSON. Raises Garbage."""
    fields = Fields(decode(document))
    return Lock(host=fields.text("hostname"), pid=fields.number("pid"), since=fields.instant("time"))


def node(line: bytes) -> Node | None:
    """What one line of ``ls`` names; None for its head. Raises Garbage."""
    fields = Fields(decode(line))
    if _word(fields, "struct_type") != "node":
        return None
    return Node(fields.text("path"), fields.text("type"), fields.number("size"))


def _snapshot(fields: Fields) -> Snapshot:
    totals = fields.inner("summary")
    original = fields.optional_text("original")
    return Snapshot(
        id=_id(fields.text("id")),
        time=fields.instant("time"),
        host=fields.optional_text("hostname") or "",
        paths=fields.texts("paths"),
        tags=fields.texts("tags"),
        original=None if original is None else _id(original),
        size=totals.number("total_bytes_processed") if totals else None,
        files=totals.number("total_files_processed") if totals else None,
        tree=fields.optional_text("tree"),
    )


def _messages(lines: Iterable[str], kind: str) -> list[Fields]:
    found = [fields for line in lines if (fields := decode_line(line)) is not None]
    return [fields for fields in reversed(found) if _word(fields, "message_type") == kind]


def _word(fields: Fields, name: str) -> str:
    try:
        return fields.text(name)
    except Garbage:
        return ""


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise Garbage(f"not an id: {text[:80]!r}")
    return text
