"""What entries about deletions add up to: marks, what was forgotten by us, what vanished, evidence."""

from __future__ import annotations

from dataclasses import replace

from reconciler.catalog.projection.books import Books
from reconciler.catalog.projection.rows import EvidenceRow, GoneRow, MarkRow
from reconciler.catalog.values import Recorded
from reconciler.observed.entries import (
    ForgetIntended,
    Forgotten,
    Invalidated,
    Marked,
    Restored,
    Unmarked,
    Vanished,
    VanishedAccepted,
)


def mark(books: Books, recorded: Recorded[Marked]) -> None:
    """Marks begin; one that stands already keeps its time, so that its grace is not prolonged."""
    entry = recorded.entry
    for expired in entry.backups:
        if books.marks.get(entry.repository, expired.backup) is None:
            books.marks.put(
                MarkRow(
                    repository=entry.repository,
                    backup=expired.backup,
                    asset=entry.asset,
                    marked_at=recorded.at,
                    why=expired.why,
                    charged=expired.charged,
                    approval=entry.approval,
                )
            )


def unmark(books: Books, recorded: Recorded[Unmarked]) -> None:
    """Marks lapse, and with them an intention to forget: a later disappearance is not explained by it."""
    for backup in recorded.entry.backups:
        books.marks.drop(recorded.entry.repository, backup)
        row = books.gone.get(recorded.entry.repository, backup)
        if row is not None:
            books.gone.put(replace(row, intended_at=None))


def intend(books: Books, recorded: Recorded[ForgetIntended]) -> None:
    """Backups that may be gone from now on, by us. Each is listed now: had it vanished, it is back."""
    for backup in recorded.entry.backups:
        row = _gone(books, recorded.entry.repository, backup)
        books.gone.put(replace(row, intended_at=recorded.at, vanished_at=None))


def forgotten(books: Books, recorded: Recorded[Forgotten]) -> None:
    """Backups that are gone, by us: their marks end."""
    for backup in recorded.entry.backups:
        row = _gone(books, recorded.entry.repository, backup)
        intended = row.intended_at or recorded.at
        books.gone.put(replace(row, intended_at=intended, vanished_at=None, forgotten_seq=recorded.seq))
        books.marks.drop(recorded.entry.repository, backup)


def vanished(books: Books, recorded: Recorded[Vanished]) -> None:
    """Backups gone that nobody deleted."""
    for backup in recorded.entry.backups:
        row = _gone(books, recorded.entry.repository, backup)
        books.gone.put(replace(row, vanished_at=recorded.at, accepted_at=None))
        books.marks.drop(recorded.entry.repository, backup)


def accept_vanished(books: Books, recorded: Recorded[VanishedAccepted]) -> None:
    """Someone looked at it."""
    for backup in recorded.entry.backups:
        row = _gone(books, recorded.entry.repository, backup)
        books.gone.put(replace(row, accepted_at=recorded.at))


def restored(books: Books, recorded: Recorded[Restored]) -> None:
    """A restore proves a backup where it lies, if what came back was right."""
    entry = recorded.entry
    if entry.sound:
        books.evidence.put(replace(_evidence(books, entry.repository, entry.backup), restored_at=recorded.at))


def invalidate(books: Books, recorded: Recorded[Invalidated]) -> None:
    """A backup found bad."""
    entry = recorded.entry
    row = _evidence(books, entry.repository, entry.backup)
    books.evidence.put(replace(row, invalidated_at=row.invalidated_at or recorded.at, why=entry.why))


def _gone(books: Books, repository: str, backup: str) -> GoneRow:
    return books.gone.get(repository, backup) or GoneRow(repository, backup)


def _evidence(books: Books, repository: str, backup: str) -> EvidenceRow:
    return books.evidence.get(repository, backup) or EvidenceRow(repository, backup)
