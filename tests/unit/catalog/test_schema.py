"""Migrations lead to exactly the tables that the program works with, and nothing heavy is imported early."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData

from reconciler.catalog import open_catalog
from reconciler.catalog.database import Database
from reconciler.catalog.failures import CatalogNewer
from reconciler.catalog.journal.tables import METADATA as JOURNAL_TABLES
from reconciler.catalog.projection.tables import METADATA as LISTING_TABLES
from reconciler.catalog.schema import JOURNAL, LISTINGS, Chain
from reconciler.errors import CatalogError
from reconciler.observed.entries import Notified
from tests.unit.catalog.catalogs import NOW, began


@pytest.mark.parametrize(("file", "chain", "metadata"), [
    ("journal.db", JOURNAL, JOURNAL_TABLES),
    ("catalog.db", LISTINGS, LISTING_TABLES),
])  # fmt: skip
def test_migrations_lead_to_the_tables_that_the_program_knows(
    tmp_path: Path, file: str, chain: Chain, metadata: MetaData
) -> None:
    open_catalog(tmp_path).close()
    assert ScriptDirectory(str(chain.folder)).get_current_head() == chain.head
    database = Database(tmp_path / file, timedelta(seconds=1))
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": chain.version_table})
        assert compare_metadata(context, metadata) == []
    database.close()


@pytest.mark.slow
def test_an_unchanged_catalog_opens_without_the_migration_library(tmp_path: Path) -> None:
    open_catalog(tmp_path).close()
    code = (
        "import sys, reconciler.catalog as c\n"
        "assert 'sqlalchemy' not in sys.modules\n"
        "c.open_catalog(sys.argv[1]).close()\n"
        "assert 'sqlalchemy' in sys.modules and 'alembic' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)


def test_a_catalog_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with open_catalog(tmp_path) as catalog:
        catalog.record([began("a1")], NOW)
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        connection.execute("UPDATE journal_version SET version_num = 'j9999'")
        connection.commit()
    with pytest.raises(CatalogNewer, match="newer version"):
        open_catalog(tmp_path)


def test_only_the_leader_upgrades(tmp_path: Path) -> None:
    open_catalog(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as connection:
        for table in ("attempts", "verdicts", "accepted", "placements", "works", "marks", "gone"):
            connection.execute(f"DROP TABLE {table}")
        for table in ("evidence", "pins", "lines", "alerted", "journal"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("DROP TABLE touched")
        connection.execute("UPDATE listings_version SET version_num = 'l0001'")
        connection.commit()
    with pytest.raises(CatalogError, match="older schema"):
        open_catalog(tmp_path, lead=False)
    with open_catalog(tmp_path) as catalog:
        catalog.record([began("a1")], NOW)
    open_catalog(tmp_path, lead=False).close()


def test_an_upgrade_replays_what_the_journal_says_into_the_new_columns(tmp_path: Path) -> None:
    with open_catalog(tmp_path) as catalog:
        for delivered in (True, False, False):
            catalog.record([Notified(alert="mail", key="k c", event="breached", delivered=delivered)], NOW)
        told = catalog.alerted()
        assert told["mail", "k c"].failures == 2
        assert told["mail", "k c"].told_since == NOW
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as connection:
        for column in ("failures", "told_since", "told_at"):
            connection.execute(f"ALTER TABLE alerted DROP COLUMN {column}")
        connection.execute("DROP INDEX attempts_by_keeping")
        connection.execute("DROP TABLE touched")
        connection.execute("UPDATE listings_version SET version_num = 'l0002'")
        connection.commit()
    with open_catalog(tmp_path) as catalog:
        assert catalog.notices == ()
        assert catalog.alerted() == told


def test_the_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    with open_catalog(tmp_path / "state") as catalog:
        catalog.record([began("a1")], NOW)
        found = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "state").iterdir()}
    assert set(found.values()) == {0o600}
    assert {"catalog.db", "journal.db"} <= set(found)
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    with open_catalog(f"sqlite:///{tmp_path}/state/catalog.db") as catalog:
        assert not catalog.journal.is_empty
