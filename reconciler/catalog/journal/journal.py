"""Appends entries in one durable transaction and reads them back by place, kind, asset and repository."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError
from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select

from reconciler.catalog.database import Database
from reconciler.catalog.failures import CatalogNewer
from reconciler.catalog.journal.tables import ENTRIES
from reconciler.catalog.values import Filter, Recorded
from reconciler.catalog.witness import Version
from reconciler.errors import CatalogError
from reconciler.observed.entries import ENTRY, Entry

_BATCH = 500
_AT = select(ENTRIES).where(ENTRIES.c.seq == bindparam("at"))
_SINCE = select(ENTRIES).where(ENTRIES.c.seq > bindparam("after")).order_by(ENTRIES.c.seq).limit(_BATCH)
_NEWEST = select(func.max(ENTRIES.c.seq))
_LAST = select(ENTRIES).order_by(ENTRIES.c.seq.desc()).limit(1)
_APPEND = insert(ENTRIES)


class Journal:
    """The log of typed entries in one file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, entries: Sequence[Entry], now: datetime) -> int:
        """Write them all or none, on the disk when this returns; gives the last one's seq. Raises CatalogError."""
        with self._database.writing() as connection:
            if entries:
                connection.execute(_APPEND, [_row(entry, now) for entry in entries])
            return _newest(connection)

    def since(self, seq: int) -> Iterator[Recorded[Entry]]:
        """What came after that place, oldest first; read in pieces, so that nobody waits for the reader."""
        while True:
            with self._database.reading() as connection:
                found = [_recorded(row) for row in connection.execute(_SINCE, {"after": seq})]
            yield from found
            if len(found) < _BATCH:
                return
            seq = found[-1].seq

    def entries(self, wanted: Filter | None = None) -> tuple[Recorded[Entry], ...]:
        """Those that fit the filter, newest first."""
        with self._database.reading() as connection:
            return tuple(_recorded(row) for row in connection.execute(_query(wanted or Filter())))

    def at(self, seq: int) -> Recorded[Entry]:
        """The entry at that place. Raises CatalogError when there is none."""
        with self._database.reading() as connection:
            row = connection.execute(_AT, {"at": seq}).first()
        if row is None:
            raise CatalogError(f"the journal has no entry {seq}", remedy="run reconciler doctor")
        return _recorded(row)

    def newest_seq(self) -> int:
        """The last entry's place; 0 for an empty journal."""
        with self._database.reading() as connection:
            return _newest(connection)

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

    def stamp(self, seq: int) -> str | None:
        """A digest of the entry at that place: two journals that differ before it differ in it."""
        with self._database.reading() as connection:
            row = connection.execute(_AT, {"at": seq}).first()
        return None if row is None else _stamp(row)

    def newest(self) -> tuple[int, str | None]:
        """The last entry's place and stamp; 0 and none for an empty journal."""
        with self._database.reading() as connection:
            row = connection.execute(_LAST).first()
        return (0, None) if row is None else (row.seq, _stamp(row))

    @property
    def is_empty(self) -> bool:
        """Nothing was ever recorded here."""
        return self.newest_seq() == 0


def _row(entry: Entry, now: datetime) -> dict[str, object]:
    return {
        "recorded_at": now,
        "kind": entry.kind,
        "asset": getattr(entry, "asset", None),
        "repository": getattr(entry, "repository", None),
        "attempt": getattr(entry, "attempt", None),
        "body": _body(entry),
    }


def _body(entry: Entry) -> str:
    try:
        return ENTRY.dump_json(entry).decode()
    except PydanticSerializationError:
        # A lone surrogate, from a file name that is no text: what happened is worth more than its spelling.
        text = json.dumps(ENTRY.dump_python(entry, mode="json"), ensure_ascii=False)
        return text.encode("utf-8", "replace").decode()


def _recorded(row: Row[tuple[object, ...]]) -> Recorded[Entry]:
    try:
        return Recorded(row.seq, row.recorded_at, ENTRY.validate_json(row.body))
    except ValidationError as error:
        raise CatalogNewer(
            f"the journal's entry {row.seq} ({row.kind}) cannot be read by this version",
            remedy="install the version that wrote it, or a newer one",
        ) from error


def _stamp(row: Row[tuple[object, ...]]) -> str:
    return hashlib.sha256(f"{row.seq} {row.recorded_at.isoformat()} {row.body}".encode()).hexdigest()


def _newest(connection: Connection) -> int:
    return connection.scalar(_NEWEST) or 0


def _query(wanted: Filter) -> Select[tuple[object, ...]]:
    columns = ENTRIES.c
    query: Select[tuple[object, ...]] = select(ENTRIES).order_by(columns.seq.desc())
    if wanted.kinds:
        query = query.where(columns.kind.in_(sorted(wanted.kinds)))
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
