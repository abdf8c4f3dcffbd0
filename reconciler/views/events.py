"""Journal entries in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from reconciler.observed.attempts import Outcome
from reconciler.observed.backup import Verdict
from reconciler.observed.entries import (
    Approved,
    AttemptBegan,
    AttemptEnded,
    ClockAccepted,
    Consumed,
    CreditSet,
    Entry,
    EscrowConfirmed,
    ForgetIntended,
    Forgotten,
    Invalidated,
    JournalStarted,
    Marked,
    Notified,
    Offered,
    PlacementWanted,
    PolicyEnforced,
    RepositoryPinned,
    Restored,
    Resumed,
    Suspended,
    Unmarked,
    Vanished,
    VanishedAccepted,
)
from reconciler.units.instants import format_instant
from reconciler.units.sizes import show_size
from reconciler.views.lists import Listing
from reconciler.views.plurals import counted
from reconciler.views.sentences import Reader
from reconciler.views.tables import Column

COLUMNS = (Column("when"), Column("what", 1), Column("about"), Column("details", prose=32))


@dataclass(frozen=True, slots=True)
class Event:
    """A journal entry with its place and time."""

    seq: int
    at: datetime
    entry: Entry


def events_list(events: Iterable[Event], reader: Reader) -> Listing:
    """A row an entry, in the order given."""
    found = tuple(events)
    rows = tuple(
        (reader.instant(event.at), event.entry.kind, _about(event.entry), in_words(event.entry)) for event in found
    )
    items = tuple({"seq": event.seq, "at": format_instant(event.at), **_short(event.entry)} for event in found)
    return Listing("Event", COLUMNS, rows, items)


def _short(entry: Entry) -> dict[str, object]:
    """The entry for programs; a whole policy is left out, its revision names it."""
    leave = {"policy", "change"} if isinstance(entry, PolicyEnforced) else set()
    return entry.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=leave)


def _about(entry: Entry) -> str:
    asset, repository = getattr(entry, "asset", None), getattr(entry, "repository", None)
    return "/".join(part for part in (asset, repository) if part)


def in_words(entry: Entry) -> str:
    """One line; ids shortened."""
    match entry:
        case AttemptBegan() | AttemptEnded():
            return _attempt(entry)
        case Marked() | Unmarked() | ForgetIntended() | Forgotten() | Vanished() | VanishedAccepted() | CreditSet():
            return _deletion(entry)
        case PolicyEnforced() | Offered() | Approved() | Consumed() | PlacementWanted():
            return _policy(entry)
        case _:
            return _host(entry)


def _attempt(entry: AttemptBegan | AttemptEnded) -> str:
    if isinstance(entry, AttemptBegan):
        return f"{entry.verb} begins{': ' + entry.reason if entry.reason else ''}"
    if entry.outcome is not Outcome.SUCCEEDED:
        return f"{entry.verb} {entry.outcome}: {entry.message}"
    made = f", backup {entry.backup[:12]}" if entry.backup else ""
    size = f", {show_size(entry.size)}" if entry.size is not None else ""
    flaws = [
        w for w, is_so in (("degraded", entry.verdict is Verdict.DEGRADED), ("suspicious", entry.suspicious)) if is_so
    ]
    return f"{entry.verb} succeeded{made}{size}{', ' + ' and '.join(flaws) if flaws else ''}"


def _deletion(
    entry: Marked | Unmarked | ForgetIntended | Forgotten | Vanished | VanishedAccepted | CreditSet,
) -> str:
    match entry:
        case Marked():
            whys = ", ".join(dict.fromkeys(found.why for found in entry.backups))
            return f"{_ids(found.backup for found in entry.backups)} marked as expired: {whys}"
        case Unmarked():
            return f"{_ids(entry.backups)} kept again{': ' + entry.why if entry.why else ''}"
        case ForgetIntended():
            return f"{_ids(entry.backups)} to be forgotten"
        case Forgotten():
            return f"{_ids(entry.backups)} forgotten"
        case Vanished():
            return f"{_ids(entry.backups)} gone, and nobody here deleted them"
        case VanishedAccepted():
            return f"{_ids(entry.backups)} gone, accepted by {entry.by}: {entry.reason}"
        case CreditSet():
            return f"deletion budget is {entry.balance}"
        case _:
            assert_never(entry)


def _policy(entry: PolicyEnforced | Offered | Approved | Consumed | PlacementWanted) -> str:
    match entry:
        case PolicyEnforced():
            return f"revision {entry.revision[:12]} enforced{'' if entry.complete else ' in part: some blocks wait'}"
        case Offered():
            return f"{entry.subject} waits for approval of {entry.checksum[:12]} ({counted(len(entry.lines), 'line')})"
        case Approved():
            return f"{entry.checksum[:12]} approved by {entry.by}: {entry.reason}"
        case Consumed():
            return f"{counted(len(entry.lines), 'approved line')} used"
        case PlacementWanted():
            return "wanted from now on"
        case _:
            assert_never(entry)


def _host(
    entry: RepositoryPinned
    | Restored
    | Invalidated
    | Suspended
    | Resumed
    | ClockAccepted
    | Notified
    | EscrowConfirmed
    | JournalStarted,
) -> str:
    match entry:
        case RepositoryPinned():
            return f"id {entry.engine_id[:12]} pinned ({entry.how})"
        case Restored():
            result = "brought back" if entry.sound else "NOT brought back whole"
            why = f": {entry.reason}" if entry.reason else ""
            return f"backup {entry.backup[:12]} {result} into {entry.target} by {entry.by}{why}"
        case Invalidated():
            return f"backup {entry.backup[:12]} is bad: {entry.why}"
        case Suspended():
            verbs = ", ".join(entry.verbs)
            return f"{verbs} suspended until {format_instant(entry.expires)} by {entry.by}: {entry.reason}"
        case Resumed():
            return f"suspension {entry.name} ended by {entry.by}"
        case ClockAccepted():
            return f"clock accepted by {entry.by}"
        case Notified():
            return f"{entry.event} sent by {entry.alert}" if entry.delivered else f"{entry.alert} failed: {entry.error}"
        case EscrowConfirmed():
            return f"a second copy of the passphrase is kept: {entry.place} (says {entry.by})"
        case JournalStarted():
            return f"journal {entry.how}"
        case _:
            assert_never(entry)


def _ids(backups: Iterable[str]) -> str:
    found = list(backups)
    shown = ", ".join(backup[:12] for backup in found[:3])
    return shown if len(found) <= 3 else f"{shown} and {len(found) - 3} more"
