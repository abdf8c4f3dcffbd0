"""All shelves of the projection together, for the time of one transaction."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Connection, delete

from reconciler.catalog.journal.policies import Policies
from reconciler.catalog.listings.touched import EVERYTHING, Kind, Touch, touch
from reconciler.catalog.projection import rows, tables
from reconciler.catalog.projection.shelf import Shelf

_LET_GO_AFTER = 50_000
"""So many entries are folded before memory is given back."""


class Books:
    """The projected tables while entries are folded into them. ``anew``: they are emptied first."""

    def __init__(self, connection: Connection, policies: Policies, *, anew: bool = False) -> None:
        self.policies = policies
        if anew:
            for table in tables.PROJECTED:
                connection.execute(delete(table))
        self.attempts = Shelf(connection, tables.ATTEMPTS, rows.AttemptRow, _asset_or_repository, empty=anew)
        self.verdicts = Shelf(connection, tables.VERDICTS, rows.VerdictRow, _asset, empty=anew)
        self.accepted = Shelf(connection, tables.ACCEPTED, rows.AcceptedRow, _asset, empty=anew)
        self.placements = Shelf(connection, tables.PLACEMENTS, rows.PlacementRow, _asset, empty=anew, small=True)
        self.works = Shelf(connection, tables.WORKS, rows.WorkRow, _repository, empty=anew)
        self.marks = Shelf(connection, tables.MARKS, rows.MarkRow, _asset, empty=anew)
        self.gone = Shelf(connection, tables.GONE, rows.GoneRow, _repository, empty=anew)
        self.evidence = Shelf(connection, tables.EVIDENCE, rows.EvidenceRow, _backup, empty=anew)
        self.pins = Shelf(connection, tables.PINS, rows.PinRow, _repository, empty=anew)
        self.lines = Shelf(connection, tables.LINES, rows.LineRow, _nothing, empty=anew)
        self.alerted = Shelf(connection, tables.ALERTED, rows.AlertedRow, _nothing, empty=anew)
        self.journal = Shelf(connection, tables.JOURNAL, rows.JournalRow, _nothing, empty=anew)
        self._connection = connection
        self._touches: set[Touch] = {EVERYTHING} if anew else set()
        self._folded = 0

    @property
    def whole(self) -> rows.JournalRow:
        """The row about the journal as a whole."""
        return self.journal.get(1) or rows.JournalRow()

    def placement(self, asset: str, repository: str) -> rows.PlacementRow:
        """The row of an asset in a repository, empty when there is none."""
        return self.placements.get(asset, repository) or rows.PlacementRow(asset, repository)

    def turn_page(self) -> None:
        """Called after each entry: memory stays bounded while a long journal is replayed."""
        self._folded += 1
        if self._folded % _LET_GO_AFTER == 0:
            self._each(forget=True)

    def close(self) -> None:
        """Write everything, and what it touched."""
        self._each(forget=False)
        touch(self._connection, self._touches)

    def _each(self, *, forget: bool) -> None:
        # Written out one by one: each shelf has a row type of its own.
        for done in (
            (self.attempts.forget, self.attempts.flush, self.attempts.touches),
            (self.verdicts.forget, self.verdicts.flush, self.verdicts.touches),
            (self.accepted.forget, self.accepted.flush, self.accepted.touches),
            (self.placements.forget, self.placements.flush, self.placements.touches),
            (self.works.forget, self.works.flush, self.works.touches),
            (self.marks.forget, self.marks.flush, self.marks.touches),
            (self.gone.forget, self.gone.flush, self.gone.touches),
            (self.evidence.forget, self.evidence.flush, self.evidence.touches),
            (self.pins.forget, self.pins.flush, self.pins.touches),
            (self.lines.forget, self.lines.flush, self.lines.touches),
            (self.alerted.forget, self.alerted.flush, self.alerted.touches),
            (self.journal.forget, self.journal.flush, self.journal.touches),
        ):
            done[0 if forget else 1]()
            self._touches |= done[2]()


class _OfAsset(Protocol):
    @property
    def asset(self) -> str | None: ...


class _OfRepository(Protocol):
    @property
    def repository(self) -> str: ...


def _asset(row: _OfAsset) -> Touch | None:
    return (Kind.ASSET, row.asset) if row.asset else None


def _repository(row: _OfRepository) -> Touch:
    return Kind.REPOSITORY, row.repository


def _asset_or_repository(row: rows.AttemptRow) -> Touch:
    return (Kind.ASSET, row.asset) if row.asset else (Kind.REPOSITORY, row.repository)


def _backup(row: rows.EvidenceRow) -> Touch:
    return Kind.BACKUP, f"{row.repository} {row.backup}"


def _nothing(_row: object) -> None:
    """It is read as a whole in each pass."""
