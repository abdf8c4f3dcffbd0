"""Several processes on one catalog: nothing is lost, whoever is killed."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import IO

import pytest

from reconciler.catalog import open_catalog
from reconciler.catalog.database import Database
from reconciler.catalog.values import Filter
from reconciler.observed.backup import Backup
from reconciler.observed.entries import CreditSet
from tests.integration.catalog.writers import ADD, APPEND, finish, start
from tests.unit.catalog.catalogs import NOW, asset, began, ended, policy, snapshot

pytestmark = pytest.mark.slow


def test_two_processes_append_and_no_entry_is_lost(tmp_path: Path) -> None:
    writers = [start(APPEND, tmp_path, name, 40) for name in ("etc", "wiki")]
    for writer in writers:
        finish(writer)
    with open_catalog(tmp_path) as catalog:
        assert catalog.notices == ()
        assert catalog.journal.newest_seq() == 160
        for name in ("etc", "wiki"):
            balances = [
                recorded.entry.balance
                for recorded in reversed(catalog.journal.entries(Filter(asset=name)))
                if isinstance(recorded.entry, CreditSet)
            ]
            assert balances == [number for number in range(40) for _ in range(2)]
            assert catalog.facts(policy(asset(name)), NOW).placement(name, "local").credit == 39


def test_many_threads_record_and_read_through_one_catalog(tmp_path: Path) -> None:
    world = policy(asset("etc"))
    with open_catalog(tmp_path) as catalog, ThreadPoolExecutor(8) as pool:

        def work(number: int) -> bool:
            catalog.record([began(f"a{number}"), ended(f"a{number}", number)], NOW)
            catalog.store_snapshot("local", snapshot(number, attempt=f"a{number}"))
            return any(found.attempt == f"a{number}" for found in backups())

        def backups() -> Sequence[Backup]:
            return catalog.facts(world, NOW, ("etc",)).placement("etc", "local").backups

        assert all(pool.map(work, range(1, 81)))
        assert len(backups()) == 80
        assert all(found.counted(NOW) for found in backups())
        assert catalog.open_attempts() == ()
        assert catalog.projection.in_step()


def test_three_processes_that_read_and_then_write_lose_no_update(tmp_path: Path) -> None:
    path = tmp_path / "counter.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE counter (value INTEGER)")
        connection.execute("INSERT INTO counter VALUES (0)")
        connection.commit()
    for writer in [start(ADD, path, 300) for _ in range(3)]:
        finish(writer)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT value FROM counter").fetchone() == (900,)


def test_the_database_is_as_durable_as_it_says(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db", timedelta(seconds=1))
    with database.raw() as connection:
        found = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.close()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 1000}


def test_a_writer_killed_anywhere_leaves_every_entry_that_it_told(tmp_path: Path) -> None:
    rng = random.Random(4711)  # the same moments in every run
    open_catalog(tmp_path).close()
    told = 0
    for _ in range(30):
        writer = start(APPEND, tmp_path, "etc", 100_000)
        assert writer.stdout is not None
        told = _read_some(writer.stdout, rng.randint(1, 4)) or told
        time.sleep(rng.random() * 0.03)
        writer.kill()
        out, _ = writer.communicate(timeout=30)
        told = max([told, *(int(line.split()[1]) for line in out.splitlines() if len(line.split()) == 2)])
    with open_catalog(tmp_path) as catalog:
        assert catalog.notices == ()
        entries = [recorded.entry for recorded in catalog.journal.since(0)]
        # A pair is recorded together or not at all.
        assert len(entries) % 2 == 0
        assert entries[::2] == entries[1::2]
        assert len(entries) >= told > 60
        assert catalog.projection.in_step()
        last = entries[-1]
        assert isinstance(last, CreditSet)
        assert catalog.facts(policy(asset("etc")), NOW).placement("etc", "local").credit == last.balance
    for name in ("journal.db", "catalog.db"):
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def _read_some(stream: IO[str], lines: int) -> int:
    """The last seq of so many lines."""
    return [int(stream.readline().split()[1]) for _ in range(lines)][-1]
