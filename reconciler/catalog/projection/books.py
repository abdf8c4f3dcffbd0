"""All shelves of the projection together, for the time of one transaction."""

from __future__ import annotations

from sqlalchemy import Connection, delete

from reconciler.catalog.journal.policies import Policies
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
        self.attempts = Shelf(connection, tables.ATTEMPTS, rows.AttemptRow, empty=anew)
        self.verdicts = Shelf(connection, tables.VERDICTS, rows.VerdictRow, empty=anew)
        self.accepted = Shelf(connection, tables.ACCEPTED, rows.AcceptedRow, empty=anew)
        self.placements = Shelf(connection, tables.PLACEMENTS, rows.PlacementRow, empty=anew)
        self.works = Shelf(connection, tables.WORKS, rows.WorkRow, empty=anew)
        self.marks = Shelf(connection, tables.MARKS, rows.MarkRow, empty=anew)
        self.gone = Shelf(connection, tables.GONE, rows.GoneRow, empty=anew)
        self.evidence = Shelf(connection, tables.EVIDENCE, rows.EvidenceRow, empty=anew)
        self.pins = Shelf(connection, tables.PINS, rows.PinRow, empty=anew)
        self.lines = Shelf(connection, tables.LINES, rows.LineRow, empty=anew)
        self.alerted = Shelf(connection, tables.ALERTED, rows.AlertedRow, empty=anew)
        self.journal = Shelf(connection, tables.JOURNAL, rows.JournalRow, empty=anew)
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
        """Write everything."""
        self._each(forget=False)

    def _each(self, *, forget: bool) -> None:
        # Written out one by one: each shelf has a row type of its own.
        for done in (
            (self.attempts.forget, self.attempts.flush),
            (self.verdicts.forget, self.verdicts.flush),
            (self.accepted.forget, self.accepted.flush),
            (self.placements.forget, self.placements.flush),
            (self.works.forget, self.works.flush),
            (self.marks.forget, self.marks.flush),
            (self.gone.forget, self.gone.flush),
            (self.evidence.forget, self.evidence.flush),
            (self.pins.forget, self.pins.flush),
            (self.lines.forget, self.lines.flush),
            (self.alerted.forget, self.alerted.flush),
            (self.journal.forget, self.journal.flush),
        ):
            done[0 if forget else 1]()
