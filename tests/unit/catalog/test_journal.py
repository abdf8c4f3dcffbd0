"""The journal: typed entries, appended and never changed, found again by place, kind and what they are about."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.catalog import open_catalog
from reconciler.catalog.catalog import Catalog
from reconciler.catalog.failures import CatalogNewer
from reconciler.catalog.values import Filter
from reconciler.errors import CatalogError
from reconciler.observed.entries import ClockAccepted, JournalStarted, PolicyEnforced, RepositoryPinned
from tests.unit.catalog.catalogs import DAY, HOUR, NOW, asset, began, ended, failed, policy


def test_entries_come_back_as_they_were_recorded(catalog: Catalog) -> None:
    entries = (
        JournalStarted(how="new"),
        PolicyEnforced(revision="a" * 40, policy=policy(asset("etc", "local", "nas"))),
        began("a1"),
        ended("a1", 1),
    )
    assert catalog.record(entries, NOW) == 4
    found = tuple(catalog.journal.since(0))
    assert tuple(recorded.entry for recorded in found) == entries
    assert [recorded.seq for recorded in found] == [1, 2, 3, 4]
    assert {recorded.at for recorded in found} == {NOW}
    assert tuple(recorded.seq for recorded in catalog.journal.since(3)) == (4,)


def test_a_long_journal_is_read_to_its_end(catalog: Catalog) -> None:
    catalog.journal.append([began(f"a{number}") for number in range(1203)], NOW)
    assert [recorded.seq for recorded in catalog.journal.since(0)] == list(range(1, 1204))


def test_filters_find_by_kind_asset_repository_attempt_and_time(catalog: Catalog) -> None:
    catalog.journal.append([began("a1"), failed("a1"), began("b1", "wiki", "nas")], NOW)
    catalog.journal.append([ended("b1", 1, "wiki", "nas")], NOW + HOUR)

    def found(wanted: Filter) -> list[int]:
        return [recorded.seq for recorded in catalog.journal.entries(wanted)]

    assert found(Filter()) == [4, 3, 2, 1]
    assert found(Filter(kinds=frozenset({"attempt-began"}))) == [3, 1]
    assert found(Filter(asset="wiki")) == [4, 3]
    assert found(Filter(repository="local", limit=1)) == [2]
    assert found(Filter(attempt="b1", before_seq=4)) == [3]
    assert found(Filter(since=NOW + HOUR)) == [4]


@pytest.mark.parametrize("statement", ["UPDATE entries SET kind = 'x'", "DELETE FROM entries"])
def test_nothing_changes_or_removes_an_entry(tmp_path: Path, statement: str) -> None:
    with open_catalog(tmp_path) as catalog:
        catalog.record([began("a1")], NOW)
    with (
        closing(sqlite3.connect(tmp_path / "journal.db")) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(statement)


def test_the_newest_time_counts_from_where_the_clock_was_accepted(catalog: Catalog) -> None:
    assert catalog.journal.newest_time() is None
    leap = NOW + 20_000 * DAY
    catalog.record([began("a1")], leap)
    catalog.record([failed("a1")], NOW)
    assert catalog.journal.newest_time() == leap
    assert catalog.facts(policy(), NOW).clock.newest_entry == leap
    catalog.record([ClockAccepted(by="ana")], NOW)
    catalog.record([began("a2")], NOW + HOUR)
    assert catalog.journal.newest_time() == NOW + HOUR
    clock = catalog.facts(policy(), NOW).clock
    assert (clock.newest_entry, clock.accepted_at) == (NOW + HOUR, NOW)


def test_a_message_that_is_no_text_is_kept_as_far_as_it_is(catalog: Catalog) -> None:
    catalog.record([failed("a1").model_copy(update={"message": "bad name \udcff here"})], NOW)
    (attempt,) = catalog.attempts()
    assert attempt.message == "bad name ? here"


def test_an_entry_of_a_newer_version_is_told_and_not_guessed(tmp_path: Path) -> None:
    with open_catalog(tmp_path) as catalog:
        catalog.record([began("a1")], NOW)
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        connection.execute(
            "INSERT INTO entries (recorded_at, kind, body) VALUES (?, ?, ?)",
            ("2026-11-24T10:00:00.000000Z", "from-the-future", '{"kind": "from-the-future"}'),
        )
        connection.commit()
    with pytest.raises(CatalogNewer, match="entry 2"):
        open_catalog(tmp_path)


def test_an_exported_journal_is_one_whole_file_of_its_own(catalog: Catalog, tmp_path: Path) -> None:
    catalog.record([began("a1"), failed("a1")], NOW)
    target = tmp_path / "copy" / "journal.db"
    target.parent.mkdir()
    catalog.export_journal(target)
    catalog.record([began("a2")], NOW)
    catalog.export_journal(target)
    assert [found.name for found in target.parent.iterdir()] == ["journal.db"]
    assert target.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(f"file:{target}?mode=ro", uri=True)) as connection:
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (3,)


def test_a_restored_journal_keeps_what_was_recorded_since(tmp_path: Path) -> None:
    saved = tmp_path / "saved.db"
    with open_catalog(tmp_path / "first") as first:
        first.record([RepositoryPinned(repository="local", engine_id="e1", how="first seen")], NOW)
        first.record([began("a1"), ended("a1", 1)], NOW)
        first.export_journal(saved)
    with open_catalog(tmp_path / "second") as second:
        second.record([JournalStarted(how="lost"), began("b1"), ended("b1", 2)], NOW + HOUR)
        assert second.journal_lost
        assert second.bring_back_journal(saved, NOW + 2 * HOUR) == 3
        kinds = [recorded.entry.kind for recorded in second.journal.since(0)]
        assert kinds == [
            "repository-pinned",
            "attempt-began",
            "attempt-ended",
            "journal-started",
            "attempt-began",
            "attempt-ended",
            "journal-started",
        ]
        assert not second.journal_lost
        assert second.pinned("local") == "e1"
        assert {attempt.id for attempt in second.attempts()} == {"a1", "b1"}
        # Once more: nothing is doubled but the entry that says it was restored.
        second.bring_back_journal(saved, NOW + 3 * HOUR)
        assert second.journal.newest_seq() == 8
    with open_catalog(tmp_path / "second") as again:
        assert again.notices == ()


def test_a_file_that_is_no_journal_is_not_restored(catalog: Catalog, tmp_path: Path) -> None:
    catalog.record([began("a1")], NOW)
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE things (id INTEGER)")
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"not a database at all" * 400)
    for saved in (other, garbage):
        with pytest.raises(CatalogError, match="is no sound journal"):
            catalog.bring_back_journal(saved, NOW)
    assert catalog.journal.newest_seq() == 1
    assert not list((tmp_path / "state").glob(".*.tmp*"))
