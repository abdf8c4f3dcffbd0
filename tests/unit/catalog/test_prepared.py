"""Statements that are compiled once say and give back exactly what SQLAlchemy's own execution does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import bindparam, delete, insert, select

from reconciler.catalog.database import Database
from reconciler.catalog.listings.tables import METADATA, REPOSITORIES
from reconciler.catalog.prepared import Query, Write
from reconciler.errors import CatalogError
from reconciler.observed.facts import Reach

NOW = datetime(2026, 11, 24, 10, 0, 0, 123456, tzinfo=UTC)
NAMES = tuple(column.name for column in REPOSITORIES.c)
ROW: dict[str, object] = {
    "name": "local",
    "reach": Reach.READY,
    "seen": None,
    "fingerprint": "ü 1",
    "code": "",
    "message": "it's \N{SNOWMAN}",
    "looked_at": NOW,
    "listed_at": None,
    "trouble_since": None,
    "damaged": ("a", "b"),
    "total": 2**40,
    "free": 0,
    "stored": None,
    "measured_at": None,
}


def as_tuple(*values: object) -> tuple[object, ...]:
    return values


QUERY = Query(select(REPOSITORIES).where(REPOSITORIES.c.name == bindparam("name")).limit(1), as_tuple)
ALL = Query(select(REPOSITORIES.c.name).order_by(REPOSITORIES.c.name), str)
ADD = Write(insert(REPOSITORIES), NAMES)
REMOVE = Write(delete(REPOSITORIES).where(REPOSITORIES.c.name == bindparam("gone")))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = Database(tmp_path / "x.db", timedelta(seconds=1))
    with found.writing() as connection:
        METADATA.create_all(connection)
    yield found
    found.close()


def test_what_is_written_by_either_is_read_alike_by_both(database: Database) -> None:
    with database.writing() as connection:
        ADD.run(connection, [ROW])
        connection.execute(insert(REPOSITORIES), [{**ROW, "name": "nas"}])
    with database.reading() as connection:
        for name in ("local", "nas"):
            ours = QUERY.first(connection, name=name)
            theirs = connection.execute(select(REPOSITORIES).where(REPOSITORIES.c.name == name)).one()
            assert ours == tuple(theirs) == tuple({**ROW, "name": name}.values())
        assert ALL.all(connection) == ["local", "nas"]
        assert QUERY.first(connection, name="none") is None


def test_each_set_of_values_is_written_once(database: Database) -> None:
    with database.writing() as connection:
        ADD.run(connection, [{**ROW, "name": name} for name in ("a", "b", "c")])
        REMOVE.run(connection, [{"gone": "a"}, {"gone": "c"}])
    with database.reading() as connection:
        assert ALL.all(connection) == ["b"]


def test_a_transaction_that_raises_leaves_nothing_and_the_next_one_works(database: Database) -> None:
    with pytest.raises(RuntimeError), database.writing() as connection:
        ADD.run(connection, [ROW])
        raise RuntimeError
    with pytest.raises(CatalogError, match="UNIQUE"), database.writing() as connection:
        ADD.run(connection, [ROW, ROW])
    with database.writing() as connection:
        assert ALL.all(connection) == []
        ADD.run(connection, [ROW])
    with database.reading() as connection:
        assert ALL.all(connection) == ["local"]


def test_a_reader_sees_one_state_while_another_writes(database: Database) -> None:
    with database.reading() as reader:
        assert ALL.all(reader) == []
        with database.writing() as connection:
            ADD.run(connection, [ROW])
        assert ALL.all(reader) == []
    with database.reading() as reader:
        assert ALL.all(reader) == ["local"]
