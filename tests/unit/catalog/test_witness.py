"""A change of a file is noticed by whomever it was made, and nothing else is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from reconciler.catalog.witness import Witness


def _change(file: Path, value: int) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS t (v)")
        connection.execute("INSERT INTO t VALUES (?)", (value,))


def test_a_commit_gives_another_version_and_a_look_does_not(tmp_path: Path) -> None:
    file = tmp_path / "some.db"
    _change(file, 1)
    witness = Witness(file, 1)
    first = witness.version()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("SELECT * FROM t").fetchall()
    assert witness.version() == first
    _change(file, 2)
    second = witness.version()
    assert second != first
    assert witness.version() == second
    witness.close()


def test_a_file_put_in_its_place_is_another_version(tmp_path: Path) -> None:
    file, other = tmp_path / "some.db", tmp_path / "other.db"
    _change(file, 1)
    _change(other, 1)
    witness = Witness(file, 1)
    first = witness.version()
    other.rename(file)
    assert witness.version()[:2] != first[:2]
    file.unlink()
    assert witness.version()[:2] == (0, 0), "gone, and whoever holds it open goes on"
    witness.close()
