"""One SQLite file: its engine, its transactions, and its failures as errors that a person understands."""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import URL, Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

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
        self._patience = patience.total_seconds()
        # The driver commits each statement by itself; transactions are ours, and so are the connections that wait
        # for the next one: SQLAlchemy's own take longer to begin than most of our statements take.
        self._engine = create_engine(
            URL.create("sqlite", database=str(path)),
            connect_args={"timeout": self._patience, "check_same_thread": False},
            isolation_level="AUTOCOMMIT",
            poolclass=NullPool,
        )
        self._idle: deque[Connection] = deque()
        self._closed = False
        self._witness = Witness(path, self._patience)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view. Raises CatalogError."""
        with self._telling(), self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, durable when the block has ended, undone when it raises. Raises CatalogError."""
        with self._telling(), self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def raw(self) -> Iterator[sqlite3.Connection]:
        """The driver's own connection, for SQLite's backup interface."""
        with self._telling(), self._lent() as connection:
            yield driver(connection)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        with self._lent() as connection:
            own = driver(connection)
            own.execute(begin)
            yield connection
            own.execute("COMMIT")

    @contextmanager
    def _lent(self) -> Iterator[Connection]:
        """A connection for one thread's use. One that met an error is closed, which undoes what it had begun."""
        connection = self._waiting() or self._connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        if self._closed:
            self.close()

    def _waiting(self) -> Connection | None:
        """One that waits for its next use. Not looked for before: another thread may be the faster one."""
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _connect(self) -> Connection:
        connection = self._engine.connect()
        try:
            _prepare(driver(connection), self._patience)
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return connection

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
        """Close every connection, those in use as soon as they are given back."""
        self._closed = True
        self._witness.close()
        while (connection := self._waiting()) is not None:
            connection.close()

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


def driver(connection: Connection) -> sqlite3.Connection:
    """The driver's connection behind SQLAlchemy's."""
    found = connection.connection.driver_connection
    if not isinstance(found, sqlite3.Connection):
        raise CatalogError(f"not a SQLite connection: {type(found).__name__}", remedy="report this")
    return found


def _prepare(connection: sqlite3.Connection, patience: float) -> None:
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
