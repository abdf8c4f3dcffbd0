"""Appends entries in one durable transaction and reads them back by place, kind, asset and repository."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError
from sqlalchemy import Select, bindparam, func, insert, or_, select

from reconciler.catalog.database import Database
from reconciler.catalog.failures import CatalogNewer
from reconciler.catalog.journal.tables import ENTRIES
from reconciler.catalog.prepared import Query, Write
from reconciler.catalog.values import Filter, Recorded
from reconciler.catalog.witness import Version
from reconciler.errors import CatalogError
from reconciler.observed.entries import ENTRY, Entry

_BATCH = 500

Place = tuple[int, str | None]
"""How far a journal goes: its last entry's seq and stamp; 0 and none when it is empty."""
_EMPTY: Place = (0, None)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the table holds it."""

    seq: int
    recorded_at: datetime
    kind: str
    asset: str | None
    repository: str | None
    attempt: str | None
    body: str

    @property
    def place(self) -> Place:
        """Where it stands, with a digest of it: two journals that differ before it differ in that."""
        text = f"{self.seq} {self.recorded_at.isoformat()} {self.body}"
        return self.seq, hashlib.sha256(text.encode()).hexdigest()

    def recorded(self) -> Recorded[Entry]:
        """The entry itself. Raises CatalogNewer."""
        try:
            return Recorded(self.seq, self.recorded_at, ENTRY.validate_json(self.body))
        except ValidationError as error:
            raise CatalogNewer(
                f"the journal's entry {self.seq} ({self.kind}) cannot be read by this version",
                remedy="install the version that wrote it, or a newer one",
            ) from error


@dataclass(frozen=True, slots=True)
class Written:
    """What was appended, and how far the journal went before and goes now."""

    before: Place
    entries: tuple[Recorded[Entry], ...]
    after: Place


_NAMES = tuple(column.name for column in ENTRIES.c)
_AT = Query(select(ENTRIES).where(ENTRIES.c.seq == bindparam("at")), Line)
_SINCE = Query(select(ENTRIES).where(ENTRIES.c.seq > bindparam("after")).order_by(ENTRIES.c.seq).limit(_BATCH), Line)
_LAST = Query(select(ENTRIES).order_by(ENTRIES.c.seq.desc()).limit(1), Line)
_APPEND = Write(insert(ENTRIES), _NAMES)


class Journal:
    """The log of typed entries in one file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, entries: Sequence[Entry], now: datetime) -> int:
        """Write them all or none, on the disk when this returns; gives the last one's seq. Raises CatalogError."""
        return self.write(entries, now).after[0]

    def write(self, entries: Sequence[Entry], now: datetime) -> Written:
        """The same; gives the entries as the journal holds them."""
        with self._database.writing() as connection:
            last = _LAST.first(connection)
            before = last.place if last else _EMPTY
            lines = [_line(before[0] + number, entry, now) for number, entry in enumerate(entries, 1)]
            if lines:
                _APPEND.run(connection, [{name: getattr(line, name) for name in _NAMES} for line in lines])
        after = lines[-1].place if lines else before
        return Written(before, tuple(line.recorded() for line in lines), after)

    def since(self, seq: int) -> Iterator[Recorded[Entry]]:
        """What came after that place, oldest first; read in pieces, so that nobody waits for the reader."""
        while True:
            with self._database.reading() as connection:
                found = _SINCE.all(connection, after=seq)
            yield from (line.recorded() for line in found)
            if len(found) < _BATCH:
                return
            seq = found[-1].seq

    def entries(self, wanted: Filter | None = None) -> tuple[Recorded[Entry], ...]:
        """Those that fit the filter, newest first."""
        with self._database.reading() as connection:
            found = Query(_query(wanted or Filter()), Line).all(connection)
        return tuple(line.recorded() for line in found)

    def at(self, seq: int) -> Recorded[Entry]:
        """The entry at that place. Raises CatalogError when there is none."""
        line = self._line(seq)
        if line is None:
            raise CatalogError(f"the journal has no entry {seq}", remedy="run reconciler doctor")
        return line.recorded()

    def newest_seq(self) -> int:
        """The last entry's place; 0 for an empty journal."""
        return self.newest()[0]

    def version(self) -> Version:
        """Another one once anybody has changed the journal."""
        return self._database.version()

    def newest_time(self) -> datetime | None:
        """The latest time that any entry bears since a person last accepted the clock; None for an empty journal."""
        accepted = select(func.max(ENTRIES.c.seq)).where(ENTRIES.c.kind == "clock-accepted").scalar_subquery()
        query = select(ENTRIES.c.recorded_at).where(ENTRIES.c.seq >= func.coalesce(accepted, 0))
        with self._database.reading() as connection:
            found: datetime | None = connection.scalar(query.order_by(ENTRIES.c.recorded_at.desc()).limit(1))
            return found

    def place(self, seq: int | None) -> Place | None:
        """The entry at that place, by its digest; None when there is none."""
        line = self._line(seq) if seq else None
        return line.place if line else None

    def newest(self) -> Place:
        """How far it goes."""
        with self._database.reading() as connection:
            last = _LAST.first(connection)
        return last.place if last else _EMPTY

    @property
    def is_empty(self) -> bool:
        """Nothing was ever recorded here."""
        return self.newest_seq() == 0

    def _line(self, seq: int) -> Line | None:
        with self._database.reading() as connection:
            return _AT.first(connection, at=seq)


def _line(seq: int, entry: Entry, now: datetime) -> Line:
    return Line(
        seq=seq,
        recorded_at=now,
        kind=entry.kind,
        asset=getattr(entry, "asset", None),
        repository=getattr(entry, "repository", None),
        attempt=getattr(entry, "attempt", None),
        body=_body(entry),
    )


def _body(entry: Entry) -> str:
    try:
        return ENTRY.dump_json(entry).decode()
    except PydanticSerializationError:
        # A lone surrogate, from a file name that is no text: what happened is worth more than its spelling.
        text = json.dumps(ENTRY.dump_python(entry, mode="json"), ensure_ascii=False)
        return text.encode("utf-8", "replace").decode()


def _query(wanted: Filter) -> Select[tuple[object, ...]]:
    columns = ENTRIES.c
    query: Select[tuple[object, ...]] = select(ENTRIES).order_by(columns.seq.desc())
    if wanted.kinds:
        query = query.where(or_(*(columns.kind == kind for kind in sorted(wanted.kinds))))
    for column, value in (
        (columns.asset, wanted.asset),
        (columns.repository, wanted.repository),
        (columns.attempt, wanted.attempt),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(columns.recorded_at >= wanted.since)
    if wanted.before_seq is not None:
        query = query.where(columns.seq < wanted.before_seq)
    return query if wanted.limit is None else query.limit(wanted.limit)
