"""Statements that are run again and again: compiled once, and run on the driver's own connection.

SQLAlchemy spends a tenth of a millisecond on each execution, several times what SQLite does; a backup has dozens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Generic, TypeVar

from sqlalchemy import Connection, Delete, Dialect, Insert, Select
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from reconciler.catalog.database import driver
from reconciler.errors import CatalogError

R = TypeVar("R")
_Convert = Callable[[object], object]
_Values = Mapping[str, object]
_DIALECT: Dialect = dialect()


class Query(Generic[R]):
    """A question with a fixed set of named parameters, none of them a list.

    ``make`` gets the columns in the order of the question. Its methods raise sqlite3.Error, which the transaction
    around them turns into a CatalogError.
    """

    def __init__(self, statement: Select[tuple[object, ...]], make: Callable[..., R]) -> None:
        self._statement = statement
        self._make = make

    def first(self, connection: Connection, **values: object) -> R | None:
        """What the first row makes; None when there is none."""
        found = driver(connection).execute(self._text.text, self._text.given(values)).fetchone()
        return None if found is None else self._made(found)

    def all(self, connection: Connection, **values: object) -> list[R]:
        """What all rows make."""
        found = driver(connection).execute(self._text.text, self._text.given(values)).fetchall()
        return [self._made(row) for row in found]

    def raw(self, connection: Connection, **values: object) -> list[tuple[object, ...]]:
        """All rows as the driver gives them: texts for times, numbers for truths; nothing is made of them."""
        return driver(connection).execute(self._text.text, self._text.given(values)).fetchall()

    def _made(self, row: Sequence[object]) -> R:
        values = list(row)
        for place, convert in self._back:
            values[place] = convert(values[place])
        return self._make(*values)

    @cached_property
    def _text(self) -> _Text:
        return _Text(self._statement, None)

    @cached_property
    def _back(self) -> tuple[tuple[int, _Convert], ...]:
        found = enumerate(_result(column.type) for column in self._statement.selected_columns)
        return tuple((place, convert) for place, convert in found if convert)


class Write:
    """An insertion or a deletion. ``columns``: what an insertion writes."""

    def __init__(self, statement: Insert | Delete, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = columns

    def run(self, connection: Connection, many: Iterable[_Values] = ({},)) -> None:
        """Do it once with each set of values. Raises as a query does."""
        text = self._text
        driver(connection).executemany(text.text, [text.given(values) for values in many])

    @cached_property
    def _text(self) -> _Text:
        return _Text(self._statement, self._columns)


class _Text:
    """A statement in the driver's words, and what turns values into the driver's."""

    def __init__(self, statement: Select[tuple[object, ...]] | Insert | Delete, columns: Sequence[str] | None) -> None:
        compiled = statement.compile(dialect=_DIALECT, column_keys=columns)
        if not isinstance(compiled, SQLCompiler):
            raise CatalogError(f"not a statement: {statement}", remedy="report this")
        self.text = str(compiled)
        self._fixed: _Values = compiled.params
        self._names = tuple((name, _bind(compiled.binds[name].type)) for name in compiled.positiontup or ())

    def given(self, values: _Values) -> list[object]:
        """The values in the order of the text."""
        return [
            convert(values[name] if name in values else self._fixed[name])
            if convert
            else (values[name] if name in values else self._fixed[name])
            for name, convert in self._names
        ]


def _bind(kind: TypeEngine[object]) -> _Convert | None:
    return kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)


def _result(kind: TypeEngine[object]) -> _Convert | None:
    return kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
