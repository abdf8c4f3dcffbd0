"""Faults of the catalog's files: each is told in one line, nothing is lost, and the next opening goes on."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.catalog import open_catalog
from reconciler.catalog.catalog import Catalog
from reconciler.catalog.failures import CatalogDamaged
from reconciler.catalog.schema import LISTINGS
from reconciler.errors import CatalogError
from reconciler.kit.clock import FixedClock
from reconciler.kit.fsio import UnsafePath
from reconciler.observed.backup import Verdict
from reconciler.observed.entries import (
    CreditSet,
    ExpiredBackup,
    JournalStarted,
    Marked,
    PolicyEnforced,
    RepositoryPinned,
)
from reconciler.observed.facts import Observed
from tests.integration.catalog.writers import ROOT
from tests.lab.require import require
from tests.unit.catalog.catalogs import (
    DAY,
    HOUR,
    NOW,
    asset,
    backup_id,
    began,
    ended,
    failed,
    listing,
    policy,
    snapshot,
)

WORLD = policy(asset("etc", "local", "nas"), asset("wiki", "local"))


def fill(catalog: Catalog) -> None:
    """A journal with something of everything, and the listings that belong to it."""
    expired = ExpiredBackup(backup=backup_id(1), time=NOW - DAY, why="unruled")
    catalog.record([JournalStarted(how="new"), PolicyEnforced(revision="a" * 40, policy=WORLD)], NOW)
    catalog.record([RepositoryPinned(repository="local", engine_id="e1", how="initialised")], NOW)
    catalog.record([began("a1"), ended("a1", 1), began("a2"), ended("a2", 2, verdict=Verdict.DEGRADED)], NOW)
    catalog.record([began("w1", "wiki"), failed("w1", "wiki")], NOW)
    catalog.record([Marked(asset="etc", repository="local", backups=(expired,))], NOW)
    catalog.record([CreditSet(asset="etc", repository="local", balance=2)], NOW)
    list_all(catalog)


def list_all(catalog: Catalog) -> None:
    """The next listing."""
    catalog.store_listing(listing("local", snapshot(1, time=NOW - DAY), snapshot(2), snapshot(5, "gone")))
    catalog.store_listing(listing("nas", snapshot(3, original=1, time=NOW - DAY)))


def facts(catalog: Catalog) -> Observed:
    return catalog.facts(WORLD, NOW)


def remove(database: Path) -> None:
    for path in database.parent.glob(f"{database.name}*"):
        path.unlink()


def garbage(path: Path) -> None:
    path.write_bytes(os.urandom(8192))


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flip_pages(path: Path) -> None:
    """Everything after the first page becomes noise."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))


@pytest.mark.parametrize("lose", ["delete", "damage"])
def test_lost_listings_give_the_same_facts_after_the_next_listing(tmp_path: Path, lose: str) -> None:
    with open_catalog(tmp_path) as catalog:
        fill(catalog)
        before = facts(catalog)
    remove(tmp_path / "catalog.db") if lose == "delete" else garbage(tmp_path / "catalog.db")
    with open_catalog(tmp_path) as catalog:
        assert catalog.journal.newest_seq() == 11
        assert catalog.known_ids("local") == frozenset()
        list_all(catalog)
        assert facts(catalog) == before
        assert not catalog.journal_lost


@pytest.mark.parametrize("damage", [garbage, cut_short, flip_pages])
def test_a_damaged_cache_is_set_aside_and_said(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    with open_catalog(tmp_path) as catalog:
        fill(catalog)
    damage(tmp_path / "catalog.db")
    with pytest.raises(CatalogDamaged, match=r"catalog\.db is damaged .*Next: "):
        open_catalog(tmp_path, lead=False)
    with open_catalog(tmp_path, FixedClock(NOW)) as catalog:
        (notice,) = catalog.notices
        assert notice.code == "catalog-damaged"
        assert "catalog.db.damaged-20261124T100000Z" in notice.what
        assert catalog.pinned("local") == "e1"
    assert (tmp_path / "catalog.db.damaged-20261124T100000Z").exists()
    with open_catalog(tmp_path) as catalog:
        assert catalog.notices == ()


@pytest.mark.parametrize("damage", [garbage, cut_short, flip_pages])
def test_a_damaged_journal_is_set_aside_and_its_loss_is_told(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    with open_catalog(tmp_path) as catalog:
        fill(catalog)
    damage(tmp_path / "journal.db")
    for _ in range(2):
        with open_catalog(tmp_path, FixedClock(NOW)) as catalog:
            assert catalog.beginning() == "lost"
            observed = facts(catalog)
            assert observed.journal_lost, "also before anybody has recorded it"
            backups = observed.placement("etc", "local").backups
            assert {found.verdict for found in backups} == {Verdict.UNKNOWN}
            assert not any(found.present(NOW) for found in backups)
            assert catalog.pinned("local") is None
    assert (tmp_path / "journal.db.damaged-20261124T100000Z").exists()
    with open_catalog(tmp_path) as catalog:
        catalog.record([JournalStarted(how="lost")], NOW)
        assert catalog.beginning() is None and catalog.journal_lost
        assert catalog.unjournalled(WORLD) == 0


def test_a_deleted_journal_is_noticed(tmp_path: Path) -> None:
    with open_catalog(tmp_path) as catalog:
        fill(catalog)
    remove(tmp_path / "journal.db")
    with open_catalog(tmp_path) as catalog:
        assert [notice.code for notice in catalog.notices] == ["journal-missing"]
        assert catalog.beginning() == "lost"
    with open_catalog(tmp_path) as catalog:
        assert catalog.beginning() == "lost"


def test_a_deleted_state_is_noticed_when_backups_with_unknown_attempts_are_listed(tmp_path: Path) -> None:
    with open_catalog(tmp_path) as catalog:
        assert catalog.beginning() == "new"
        catalog.store_listing(listing("local", snapshot(1, attempt="a1"), snapshot(2, None)))
        assert catalog.unjournalled(WORLD) == 1
        assert catalog.beginning() == "lost"


def test_a_journal_deleted_and_restored_gives_the_same_facts(tmp_path: Path) -> None:
    state, saved = tmp_path / "state", tmp_path / "saved.db"
    with open_catalog(state) as catalog:
        fill(catalog)
        before = facts(catalog)
        catalog.export_journal(saved)
    remove(state / "journal.db")
    with open_catalog(state) as catalog:
        catalog.record([JournalStarted(how="lost")], NOW)
        catalog.bring_back_journal(saved, NOW)
        assert facts(catalog) == before


def test_an_older_copy_leaves_newer_backups_unknown_and_loses_nothing(tmp_path: Path) -> None:
    state, old = tmp_path / "state", tmp_path / "old"
    with open_catalog(state) as catalog:
        fill(catalog)
    shutil.copytree(state, old)
    with open_catalog(state) as catalog:
        catalog.record([began("a9"), ended("a9", 9)], NOW + HOUR)
        catalog.store_listing(listing("local", snapshot(9, attempt="a9", time=NOW + HOUR)))
        assert facts(catalog).placement("etc", "local").backups[0].verdict is Verdict.COMPLETE
    shutil.copy(old / "journal.db", state / "journal.db")
    with open_catalog(state) as catalog:
        assert [notice.code for notice in catalog.notices] == ["journal-replaced"]
        newest, *others = facts(catalog).placement("etc", "local").backups
        assert (newest.id, newest.verdict) == (backup_id(9), Verdict.UNKNOWN)
        assert [found.verdict for found in others] == [Verdict.DEGRADED, Verdict.COMPLETE]
        assert catalog.unjournalled(WORLD) == 1
        # The old copy grows to the length of the other: it is still told apart.
        catalog.record([began("b1"), failed("b1")], NOW + 2 * HOUR)
        assert catalog.open_attempts() == ()
    with open_catalog(state) as catalog:
        assert catalog.notices == ()


def test_an_older_copy_of_everything_goes_on_from_there(tmp_path: Path) -> None:
    state, old = tmp_path / "state", tmp_path / "old"
    with open_catalog(state) as catalog:
        fill(catalog)
    shutil.copytree(state, old)
    with open_catalog(state) as catalog:
        catalog.record([began("a9"), ended("a9", 9)], NOW + HOUR)
    shutil.rmtree(state)
    old.rename(state)
    with open_catalog(state) as catalog:
        assert catalog.notices == ()
        catalog.store_listing(listing("local", snapshot(9, attempt="a9", time=NOW + HOUR)))
        assert facts(catalog).placement("etc", "local").backups[0].verdict is Verdict.UNKNOWN
        assert catalog.unjournalled(WORLD) == 1


def test_a_locked_catalog_names_the_process_that_holds_it(tmp_path: Path) -> None:
    open_catalog(tmp_path).close()
    code = (
        "import sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('BEGIN IMMEDIATE')\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "journal.db")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline()
        with open_catalog(tmp_path, patience=timedelta(milliseconds=300)) as catalog:
            assert facts(catalog).placements, "reading goes on"
            with pytest.raises(CatalogError, match=rf"journal\.db is locked by process {holder.pid} \(python") as told:
                catalog.record([began("a1")], NOW)
            assert "\n" not in str(told.value) and "Next: " in str(told.value)
            holder.communicate(timeout=30)
            catalog.record([began("a1")], NOW)
            assert catalog.journal.newest_seq() == 1
    finally:
        holder.kill()
        holder.communicate()


@pytest.mark.slow
def test_a_short_lock_is_waited_for(tmp_path: Path) -> None:
    open_catalog(tmp_path).close()
    code = (
        "import sqlite3, sys, time\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('BEGIN IMMEDIATE')\n"
        "print('held', flush=True)\n"
        "time.sleep(1.5)\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "journal.db")], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None and holder.stdout.readline()
        with open_catalog(tmp_path) as catalog:
            catalog.record([began("a1")], NOW)
    finally:
        holder.kill()
        holder.communicate()


RECORD_UNTIL_FULL = """
import sys
from datetime import UTC, datetime
from reconciler.catalog import open_catalog
from reconciler.errors import CatalogError
from reconciler.observed.entries import AttemptBegan
told = 0
try:
    with open_catalog(sys.argv[1]) as catalog:
        for number in range(100_000):
            entry = AttemptBegan(attempt="a%d" % number, verb="backup", repository="x" * 60, asset="y" * 60)
            told = catalog.journal.append([entry] * 20, datetime.now(UTC))
except CatalogError as error:
    print(told, type(error).__name__, error)
"""


@pytest.mark.slow
def test_a_full_disk_is_told_and_what_was_recorded_stays(tmp_path: Path) -> None:
    """On a real file system of two megabytes, in a mount namespace of its own."""
    state = tmp_path / "state"
    state.mkdir()
    script = 'mount -t tmpfs -o size=2m full "$1" && "$2" -c "$3" "$1" && rm -f "$1"/*.tmp; cp -r "$1" "$4"'
    result = subprocess.run(
        [require("unshare"), "-m", "--", "sh", "-c", script, "sh", str(state), sys.executable, RECORD_UNTIL_FULL,
         str(tmp_path / "copy")],
        capture_output=True, text=True, cwd=ROOT, timeout=120, check=True,
    )  # fmt: skip
    told, kind, said = result.stdout.split(" ", 2)
    assert kind == "CatalogError"
    assert "no room left" in said and "Next: free some space" in said and len(said.splitlines()) == 1
    assert "Traceback" not in result.stderr
    with open_catalog(tmp_path / "copy") as catalog:
        assert catalog.journal.newest_seq() >= int(told) > 20
        assert catalog.notices == ()


@pytest.mark.slow
def test_a_disk_that_refuses_writes_is_told(tmp_path: Path) -> None:
    """A limit on file sizes makes every further write fail as a bad disk does."""
    open_catalog(tmp_path).close()

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    result = subprocess.run(
        [sys.executable, "-c", RECORD_UNTIL_FULL, str(tmp_path)],
        capture_output=True, text=True, cwd=ROOT, timeout=120, check=True, preexec_fn=limit,
    )  # fmt: skip
    told, kind, said = result.stdout.split(" ", 2)
    assert kind == "CatalogError" and "Next: " in said and len(said.splitlines()) == 1
    with open_catalog(tmp_path) as catalog:
        assert catalog.journal.newest_seq() >= int(told) > 20


MIGRATE_AND_DIE = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
left = int(sys.argv[2])
@event.listens_for(Engine, "before_cursor_execute")
def die(connection, cursor, statement, parameters, context, many):
    global left
    if statement.lstrip().startswith(("CREATE", "INSERT INTO listings", "UPDATE listings")):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
from reconciler.catalog import open_catalog
open_catalog(sys.argv[1]).close()
"""


@pytest.mark.slow
@pytest.mark.parametrize("statements", [1, 5, 14, 25, 30])
def test_a_migration_killed_anywhere_is_done_by_the_next_opening(tmp_path: Path, statements: int) -> None:
    with open_catalog(tmp_path) as catalog:
        fill(catalog)
    remove(tmp_path / "catalog.db")
    command = [sys.executable, "-c", MIGRATE_AND_DIE, str(tmp_path), str(statements)]
    assert subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode == -signal.SIGKILL
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,), "all or nothing"
    with open_catalog(tmp_path) as catalog:
        list_all(catalog)
        assert catalog.notices == ()
        assert facts(catalog).placement("etc", "local").credit == 2
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as connection:
        assert connection.execute(f"SELECT version_num FROM {LISTINGS.version_table}").fetchone() == (LISTINGS.head,)


def test_a_symlink_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    state, elsewhere = tmp_path / "state", tmp_path / "elsewhere"
    state.mkdir()
    (state / "journal.db").symlink_to(elsewhere)
    with pytest.raises(UnsafePath, match="symlink"):
        open_catalog(state)
    assert not elsewhere.exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file stands here")
    with pytest.raises(CatalogError, match="Next: "):
        open_catalog(tmp_path / "state")
