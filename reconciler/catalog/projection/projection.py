"""Folds the journal's entries into the projected tables, from where it stopped, or from the beginning."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import assert_never

from sqlalchemy import Connection, delete, insert, select

from reconciler.catalog.database import Database
from reconciler.catalog.journal.journal import Journal
from reconciler.catalog.journal.policies import Policies
from reconciler.catalog.listings.tables import PROGRESS
from reconciler.catalog.projection import attempts, decisions, deletions
from reconciler.catalog.projection.books import Books
from reconciler.catalog.values import Recorded
from reconciler.catalog.witness import Version
from reconciler.observed import entries as e

_PROGRESS, _NO_PROGRESS, _NEW_PROGRESS = select(PROGRESS), delete(PROGRESS), insert(PROGRESS)


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
            return connection.scalar(select(PROGRESS.c.seq)) or 0

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
            applied = connection.execute(_PROGRESS).first()
        found = self._journal.newest() == ((applied.seq, applied.stamp) if applied else (0, None))
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
                applied = connection.execute(_PROGRESS).first()
                foreign = applied is not None and self._journal.stamp(applied.seq) != applied.stamp
                anew = anew or foreign
                self._apply(connection, 0 if applied is None or anew else applied.seq, anew=anew or applied is None)
            written = self._database.version()
            self._in_step_at = (written, read) if written[:2] == own[:2] else None
        return anew

    def _apply(self, connection: Connection, seq: int, *, anew: bool) -> None:
        if anew:
            self._policies.forget()
        books = Books(connection, self._policies, anew=anew)
        before = seq
        for recorded in self._journal.since(seq):
            apply(books, recorded)
            books.turn_page()
            seq = recorded.seq
        books.close()
        if seq != before or anew:
            connection.execute(_NO_PROGRESS)
        if seq and (seq != before or anew):
            stamp = self._journal.stamp(seq)
            connection.execute(_NEW_PROGRESS, [{"id": 1, "seq": seq, "stamp": stamp}])


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
