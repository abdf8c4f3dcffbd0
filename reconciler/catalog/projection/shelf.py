"""A projected table while entries are folded into it: read on demand, changed in memory, written at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Generic, TypeVar

from sqlalchemy import Connection, Select, Table, and_, bindparam, delete, insert, select

from reconciler.catalog.listings.touched import Touch
from reconciler.catalog.prepared import Query, Write

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_LOADS = 100
"""After so many single rows all are read."""

Key = tuple[object, ...]
R = TypeVar("R", bound="DataclassInstance")


def every(table: Table, row: type[DataclassInstance]) -> Select[tuple[object, ...]]:
    """All rows, the columns in the order of the row type's fields."""
    return select(*(table.c[field.name] for field in fields(row)))


class _Statements(Generic[R]):
    """What is asked of a table again and again: built once, since building costs more than running."""

    def __init__(self, table: Table, row: type[R]) -> None:
        self.names = tuple(column.name for column in table.primary_key)
        self.columns = tuple(field.name for field in fields(row))
        self.all = every(table, row)
        fits = and_(*(table.c[name] == bindparam(f"key_{name}") for name in self.names))
        self.load = Query(self.all.where(fits), row)
        self.delete = Write(delete(table).where(fits))
        self.insert = Write(insert(table), self.columns)

    def key(self, key: Key) -> dict[str, object]:
        """The parameters that name one row."""
        return {f"key_{name}": value for name, value in zip(self.names, key, strict=True)}


_statements = cache(_Statements)


class Shelf(Generic[R]):
    """The rows of one table by their primary key. ``empty``: the table holds nothing yet, so nothing is read;
    ``small``: it may be held in memory as a whole, which is read at once when many of its rows are asked for."""

    def __init__(
        self,
        connection: Connection,
        table: Table,
        row: type[R],
        touches: Callable[[R], Touch | None],
        *,
        empty: bool,
        small: bool = False,
    ) -> None:
        self._connection = connection
        self._table = table
        self._row = row
        self._touched_by = touches
        self._empty = empty
        # Everything that the table holds is held here too, as long as nothing was let go.
        self._complete = empty
        self._loads_left = _LOADS if small else None
        self._ask: _Statements[R] = _statements(table, row)
        self._held: dict[Key, R | None] = {}
        self._changed: set[Key] = set()
        # Asked for and not there: nothing is to be deleted before such a row is written for the first time.
        self._absent: set[Key] = set()
        self._touches: set[Touch] = set()

    def get(self, *key: object) -> R | None:
        """The row with that key, or None."""
        if key not in self._held:
            if not self._complete and self._loads_left == 0:
                self._load_all()
            if self._complete:
                return self._held.get(key)
            self._held[key] = self._load(key)
        return self._held[key]

    def put(self, row: R) -> None:
        """Insert the row, or replace the one with its key."""
        key = self._key(row)
        self._held[key] = row
        self._changed.add(key)
        self._note(row)

    def drop(self, *key: object) -> None:
        """Remove the row with that key, if there is one."""
        self._note(self.get(*key))
        self._held[key] = None
        self._changed.add(key)

    def matching(self, **values: object) -> tuple[R, ...]:
        """All rows with these values, the changed ones included."""
        self.flush()
        wanted = (self._table.c[name] == value for name, value in values.items())
        found = self._connection.execute(self._ask.all.where(*wanted))
        return tuple(self._row(**row._mapping) for row in found)

    def flush(self) -> None:
        """Write what was changed."""
        if not self._changed:
            return
        changed = sorted(self._changed, key=str)
        stored = [] if self._empty else [self._ask.key(key) for key in changed if key not in self._absent]
        if stored:
            self._ask.delete.run(self._connection, stored)
        kept = [row for row in (self._held[key] for key in changed) if row is not None]
        if kept:
            written = [{name: getattr(row, name) for name in self._ask.columns} for row in kept]
            self._ask.insert.run(self._connection, written)
            self._empty = False
        self._changed.clear()
        self._absent.clear()

    def touches(self) -> set[Touch]:
        """What was touched since this was asked last."""
        found, self._touches = self._touches, set()
        return found

    def _note(self, row: R | None) -> None:
        touched = self._touched_by(row) if row is not None else None
        if touched is not None:
            self._touches.add(touched)

    def forget(self) -> None:
        """Let go of what is held in memory, once it is written."""
        self.flush()
        self._held.clear()
        self._complete = False
        self._loads_left = None if self._loads_left is None else _LOADS

    def _load_all(self) -> None:
        for row in self.matching():
            self._held.setdefault(self._key(row), row)
        self._complete = True

    def _load(self, key: Key) -> R | None:
        if self._loads_left:
            self._loads_left -= 1
        found = self._ask.load.first(self._connection, **self._ask.key(key))
        if found is None:
            self._absent.add(key)
        return found

    def _key(self, row: R) -> Key:
        return tuple(getattr(row, name) for name in self._ask.names)
