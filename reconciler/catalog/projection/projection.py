"""Folds the journal's entries into the projected tables, from where it stopped, or from the beginning."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection, delete, insert, select

from reconciler.catalog.database import Database
from reconciler.catalog.journal.journal import Journal, Place, Written
from reconciler.catalog.journal.policies import Policies
from reconciler.catalog.listings.tables import PROGRESS
from reconciler.catalog.prepared import Query, Write
from reconciler.catalog.projection import attempts, decisions, deletions
from reconciler.catalog.projection.books import Books
from reconciler.catalog.values import Recorded
from reconciler.catalog.witness import Version
from reconciler.observed import entries as e


def _place(seq: int, stamp: str) -> Place:
    return seq, stamp


_PROGRESS = Query(select(PROGRESS.c.seq, PROGRESS.c.stamp), _place)
_NO_PROGRESS = Write(delete(PROGRESS))
_NEW_PROGRESS = Write(insert(PROGRESS), ("id", "seq", "stamp"))


class Projection:
    """The projected tables in one file, in step with a journal in another."""

    def __init__(self, database: Database, journal: Journal, policies: Policies) -> None:
        self._database = database
        self._journal = journal
        self._policies = policies
        self._in_step_at: tuple[Version, Version] | None = None
        self._folding = threading.RLock()

    @property
    def applied(self) -> int:
        """The place of the last entry that was applied; 0 for none."""
        with self._database.reading() as connection:
            found = _PROGRESS.first(connection)
        return found[0] if found else 0

    def record(self, entries: Sequence[e.Entry], now: datetime) -> int:
        """Append to the journal, durably, and fold in what was written; gives the last entry's seq."""
        with self._folding:
            written = self._journal.write(entries, now)
            if not self._follow(written):
                self.catch_up()
        return written.after[0]

    def keep_in_step(self) -> None:
        """Catch up if need be; threads that ask together wait for the one that does it."""
        if not self.in_step():
            with self._folding:
                if not self.in_step():
                    self.catch_up()

    def in_step(self) -> bool:
        """Everything that the journal holds is applied, and nothing else. Looks again only after a change of either."""
        version = self._database.version(), self._journal.version()
        if version == self._in_step_at:
            return True
        with self._database.reading() as connection:
            applied = _PROGRESS.first(connection)
        found = self._journal.newest() == (applied or (0, None))
        self._in_step_at = version if found else None
        return found

    def catch_up(self, *, anew: bool = False) -> bool:
        """Apply what is missing, in one transaction; everything from the beginning if ``anew``.

        Gives whether it began anew, as it also does when the journal is not the one that was applied before
        (an older copy was put in its place).
        """
        with self._folding:
            with self._database.writing() as connection:
                # Taken before the journal is read: whatever anybody appends after that shows as another version.
                read, own = self._journal.version(), self._database.version()
                applied = _PROGRESS.first(connection)
                foreign = applied is not None and self._journal.place(applied[0]) != applied
                anew = anew or foreign
                self._apply(connection, 0 if applied is None or anew else applied[0], anew=anew or applied is None)
            written = self._database.version()
            self._in_step_at = (written, read) if written[:2] == own[:2] else None
        return anew

    def _follow(self, written: Written) -> bool:
        """Fold in what was just written here, without reading it; not if anything else is missing before it."""
        if not written.before[0] or not written.entries:
            return False
        with self._database.writing() as connection:
            if _PROGRESS.first(connection) != written.before:
                return False
            own = self._database.version()
            self._fold(connection, written.entries, anew=False)
            _note_progress(connection, written.after)
        after = self._database.version(), self._journal.version()
        in_step = after[0][:2] == own[:2] and self._journal.newest() == written.after
        self._in_step_at = after if in_step else None
        return True

    def _apply(self, connection: Connection, seq: int, *, anew: bool) -> None:
        last = self._fold(connection, self._journal.since(seq), anew=anew)
        if last is not None or anew:
            _note_progress(connection, self._journal.place(last))

    def _fold(self, connection: Connection, entries: Iterable[Recorded[e.Entry]], *, anew: bool) -> int | None:
        """Fold them in; gives the last one's seq, None when there was none."""
        if anew:
            self._policies.forget()
        books = Books(connection, self._policies, anew=anew)
        last = None
        for recorded in entries:
            apply(books, recorded)
            books.turn_page()
            last = recorded.seq
        books.close()
        return last


def _note_progress(connection: Connection, place: Place | None) -> None:
    _NO_PROGRESS.run(connection)
    if place is not None:
        _NEW_PROGRESS.run(connection, [{"id": 1, "seq": place[0], "stamp": place[1]}])


def apply(books: Books, recorded: Recorded[e.Entry]) -> None:
    """Fold one entry in."""
    _note_time(books, recorded)
    match recorded.entry:
        case e.AttemptBegan() as entry:
            attempts.begin(books, Recorded(recorded.seq, recorded.at, entry))
        case e.AttemptEnded() as entry:
            attempts.end(books, Recorded(recorded.seq, recorded.at, entry))
        case e.RepositoryPinned() as entry:
            decisions.pin(books, Recorded(recorded.seq, recorded.at, entry))
        case e.Marked() as entry:
            deletions.mark(books, Recorded(recorded.seq, recorded.at, entry))
        case e.Unmarked() as entry:
            deletions.unmark(books, Recorded(recorded.seq, recorded.at, entry))
        case e.ForgetIntended() as entry:
            deletions.intend(books, Recorded(recorded.seq, recorded.at, entry))
        case e.Forgotten() as entry:
            deletions.forgotten(books, Recorded(recorded.seq, recorded.at, entry))
        case e.Vanished() as entry:
            deletions.vanished(books, Recorded(recorded.seq, recorded.at, entry))
        case e.VanishedAccepted() as entry:
            deletions.accept_vanished(books, Recorded(recorded.seq, recorded.at, entry))
        case e.Restored() as entry:
            deletions.restored(books, Recorded(recorded.seq, recorded.at, entry))
        case e.Invalidated() as entry:
            deletions.invalidate(books, Recorded(recorded.seq, recorded.at, entry))
        case e.CreditSet() as entry:
            decisions.set_credit(books, Recorded(recorded.seq, recorded.at, entry))
        case e.PlacementWanted() as entry:
            decisions.want(books, Recorded(recorded.seq, recorded.at, entry))
        case e.PolicyEnforced() as entry:
            decisions.enforce(books, Recorded(recorded.seq, recorded.at, entry))
        case e.Approved() as entry:
            decisions.approve(books, Recorded(recorded.seq, recorded.at, entry))
        case e.Consumed() as entry:
            decisions.consume(books, Recorded(recorded.seq, recorded.at, entry))
        case e.Notified() as entry:
            decisions.alert(books, Recorded(recorded.seq, recorded.at, entry))
        case e.JournalStarted() as entry:
            books.journal.put(replace(books.whole, how=entry.how))
        case e.Offered() | e.Suspended() | e.Resumed() | e.EscrowConfirmed() | e.ClockAccepted():
            pass  # rare enough to be read from the journal itself; the clock's is noted above
        case _ as never:
            assert_never(never)


def _note_time(books: Books, recorded: Recorded[e.Entry]) -> None:
    """The newest time, counted anew from where a person accepted the clock."""
    whole = books.whole
    if isinstance(recorded.entry, e.ClockAccepted):
        books.journal.put(replace(whole, newest=recorded.at, clock_accepted_at=recorded.at))
    elif whole.newest is None or recorded.at > whole.newest:
        books.journal.put(replace(whole, newest=recorded.at))
