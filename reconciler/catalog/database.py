"""One SQLite file: its engine, its transactions, and its failures as errors that a person understands."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from reconciler.catalog.failures import CatalogDamaged
from reconciler.catalog.holder import holder_of
from reconciler.catalog.soundness import doubt
from reconciler.catalog.witness import Version, Witness
from reconciler.errors import CatalogError

_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Database:
    """A SQLite file in WAL mode with full sync, safe to use from many threads and processes.

    Writers begin with BEGIN IMMEDIATE: with SQLite's deferred default, two processes that read and then
    write lose updates.
    """

    def __init__(self, path: Path, patience: timedelta) -> None:
        self.path = path
        seconds = patience.total_seconds()
        self._engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": seconds})
        self._writer = self._engine.execution_options(writes=True)
        self._witness = Witness(path, seconds)

        @event.listens_for(self._engine, "connect")
        def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
            _prepare(_sqlite(connection), seconds)

        @event.listens_for(self._engine, "begin")
        def begin(connection: Connection) -> None:
            writes = connection.get_execution_options().get("writes", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view. Raises CatalogError."""
        with self._telling(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, durable when the block has ended, undone when it raises. Raises CatalogError."""
        with self._telling(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def raw(self) -> Iterator[sqlite3.Connection]:
        """The driver's own connection, for SQLite's backup interface."""
        with self._telling(), self._engine.connect() as connection:
            yield _sqlite(connection.connection.driver_connection)

    def check(self) -> None:
        """Look at every page. Raises CatalogDamaged."""
        with self.raw() as connection:
            found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        if found != "ok":
            raise self.damaged(found)

    def damaged(self, why: str) -> CatalogDamaged:
        """The error for damage found in this file."""
        return CatalogDamaged(
            f"{self.path} is damaged ({why})",
            remedy="start a pass (reconciler reconcile): it sets the file aside and goes on",
        )

    def version(self) -> Version:
        """Another one once anybody has changed the file. Costs microseconds. Raises CatalogError."""
        with self._telling():
            return self._witness.version()

    def close(self) -> None:
        """Close every connection."""
        self._witness.close()
        self._engine.dispose()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._tell(error.orig) from error
        except sqlite3.Error as error:
            raise self._tell(error) from error

    def _tell(self, error: BaseException | None) -> CatalogError:
        # The low byte is the kind, the rest refines it.
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGE:
            doubt(self.path)
            return self.damaged(str(error))
        if code in _BUSY:
            who = holder_of(self.path)
            return CatalogError(
                f"{self.path} is locked by {who or 'another process'}",
                remedy="let it finish, or end it, then try again; nothing was changed",
            )
        if code == sqlite3.SQLITE_FULL:
            return CatalogError(
                f"no room left to write {self.path}",
                remedy=f"free some space on the file system of {self.path.parent}; nothing was lost",
            )
        if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            return CatalogError(
                f"{self.path} cannot be read or written ({error})",
                remedy=f"look at the disk and at the permissions of {self.path.parent}",
            )
        return CatalogError(f"{self.path}: {error}", remedy="see reconciler doctor")


def _sqlite(connection: object) -> sqlite3.Connection:
    if not isinstance(connection, sqlite3.Connection):
        raise CatalogError(f"not a SQLite connection: {type(connection).__name__}", remedy="report this")
    return connection


def _prepare(connection: sqlite3.Connection, patience: float) -> None:
    connection.isolation_level = None
    _write_ahead(connection, time.monotonic() + patience)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _write_ahead(connection: sqlite3.Connection, end: float) -> None:
    """Switch to WAL once. SQLite does not wait for other processes here, so we do."""
    while True:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
