"""The projection: folded in steps or replayed from the beginning, it is the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.catalog import open_catalog
from reconciler.catalog.projection.tables import PROJECTED
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.backup import Verdict
from reconciler.observed.entries import (
    Approved,
    AttemptBegan,
    AttemptEnded,
    ClockAccepted,
    Consumed,
    CreditSet,
    Entry,
    ExpiredBackup,
    ForgetIntended,
    Forgotten,
    Invalidated,
    JournalStarted,
    Marked,
    Notified,
    PlacementWanted,
    PolicyEnforced,
    RepositoryPinned,
    Restored,
    Unmarked,
    Vanished,
    VanishedAccepted,
)
from reconciler.policy.models.asset import Expect
from tests.unit.catalog.catalogs import NOW, asset, backup_id, listing, policy, snapshot

# Few names, so that entries meet each other.
ASSETS = st.sampled_from(["etc", "wiki"])
REPOSITORIES = st.sampled_from(["local", "nas"])
NUMBERS = st.integers(1, 4)
IDS = NUMBERS.map(backup_id)
SOME_IDS = st.lists(IDS, min_size=1, max_size=3, unique=True).map(tuple)
ATTEMPTS = st.sampled_from(["a1", "a2", "a3", "a4"])
LINES = st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, max_size=3, unique=True).map(tuple)
VERBS = st.sampled_from([Verb.BACKUP, Verb.BACKUP, Verb.COPY, Verb.CHECK, Verb.PRUNE])
CODES = st.sampled_from(["", "source-missing", "unsound"])
SIZES = st.sampled_from([0, 40, 100, 1000])


def _marked(name: str, repository: str, backups: tuple[str, ...]) -> Marked:
    expired = tuple(ExpiredBackup(backup=found, time=NOW, why="unruled") for found in backups)
    return Marked(asset=name, repository=repository, backups=expired)


def _enforced(names: list[str], accept: int | None) -> PolicyEnforced:
    expect = Expect(accept=None if accept is None else backup_id(accept))
    return PolicyEnforced(revision="a" * 40, policy=policy(*(asset(name, "local", expect=expect) for name in names)))


def _pinned(repository: str, engine_id: str) -> RepositoryPinned:
    return RepositoryPinned(repository=repository, engine_id=engine_id, how="first seen")


def _restored(name: str, repository: str, backup: str, sound: bool) -> Restored:
    return Restored(
        asset=name, repository=repository, backup=backup, target="/x", by="ana", reason="drill",
        files=1, size=1, seconds=1.0, sound=sound,
    )  # fmt: skip


ENTRIES: st.SearchStrategy[Entry] = st.one_of(
    st.builds(AttemptBegan, attempt=ATTEMPTS, verb=VERBS, repository=REPOSITORIES, asset=ASSETS | st.none()),
    st.builds(
        AttemptEnded,
        attempt=ATTEMPTS,
        verb=VERBS,
        repository=REPOSITORIES,
        asset=ASSETS,
        outcome=st.sampled_from(Outcome),
        code=CODES,
        retry=st.booleans(),
        backup=IDS | st.none(),
        verdict=st.sampled_from([Verdict.COMPLETE, Verdict.DEGRADED, None]),
        suspicious=st.booleans(),
        files=st.sampled_from([0, 10]),
        size=SIZES,
        seconds=st.sampled_from([1.0, 2.5, None]),
        read_all=st.booleans(),
    ),
    st.builds(_marked, ASSETS, REPOSITORIES, SOME_IDS),
    st.builds(Unmarked, asset=ASSETS, repository=REPOSITORIES, backups=SOME_IDS),
    st.builds(ForgetIntended, repository=REPOSITORIES, backups=SOME_IDS),
    st.builds(Forgotten, repository=REPOSITORIES, backups=SOME_IDS),
    st.builds(Vanished, repository=REPOSITORIES, backups=SOME_IDS),
    st.builds(VanishedAccepted, repository=REPOSITORIES, backups=SOME_IDS, by=st.just("ana"), reason=st.just("x")),
    st.builds(CreditSet, asset=ASSETS, repository=REPOSITORIES, balance=st.integers(0, 10)),
    st.builds(PlacementWanted, asset=ASSETS, repository=REPOSITORIES),
    st.builds(_enforced, st.lists(ASSETS, min_size=1, max_size=2, unique=True), NUMBERS | st.none()),
    st.builds(_pinned, REPOSITORIES, IDS),
    st.builds(Approved, checksum=st.just("c" * 64), lines=LINES, by=st.just("ana"), reason=st.just("x")),
    st.builds(Consumed, lines=LINES),
    st.builds(_restored, ASSETS, REPOSITORIES, IDS, st.booleans()),
    st.builds(Invalidated, repository=REPOSITORIES, backup=IDS, why=st.just("bad")),
    st.builds(Notified, alert=st.just("mail"), key=ASSETS, event=st.just("breached"), delivered=st.booleans()),
    st.builds(ClockAccepted, by=st.just("ana")),
    st.builds(JournalStarted, how=st.sampled_from(["new", "restored", "lost"])),
)
STEPS = st.lists(st.tuples(st.lists(ENTRIES, max_size=5), st.integers(-90, 90), st.booleans()), max_size=8)


def tables(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """All projected tables as they lie in the file."""
    with closing(sqlite3.connect(folder / "catalog.db")) as connection:
        return {
            table.name: sorted(connection.execute(f"SELECT * FROM {table.name}").fetchall(), key=str)
            for table in PROJECTED
        }


@pytest.mark.slow
@settings(max_examples=40)
@given(STEPS)
def test_steps_and_a_replay_from_the_beginning_end_alike(
    steps: Sequence[tuple[list[Entry], int, bool]],
) -> None:
    world = policy(asset("etc", "local", "nas"), asset("wiki", "nas"))
    with TemporaryDirectory() as name:
        folder = Path(name)
        catalog = open_catalog(folder)
        try:
            catalog.store_listing(listing("local", *(snapshot(number, attempt=f"a{number}") for number in range(1, 5))))
            now: datetime = NOW
            for entries, minutes, again in steps:
                now += timedelta(minutes=minutes)
                catalog.record(entries, now)
                if again:
                    catalog.close()
                    catalog = open_catalog(folder)
            facts, stepwise = catalog.facts(world, now), tables(folder)
            catalog.projection.catch_up(anew=True)
            assert tables(folder) == stepwise
            assert catalog.facts(world, now) == facts
            assert [catalog.facts(world, now, (found,)).placement(found, "nas") for found in ("etc", "wiki")] == [
                facts.placement(found, "nas") for found in ("etc", "wiki")
            ]
        finally:
            catalog.close()


def test_what_a_process_died_before_projecting_is_projected_by_the_next(tmp_path: Path) -> None:
    with open_catalog(tmp_path) as catalog:
        catalog.record([CreditSet(asset="etc", repository="local", balance=5)], NOW)
        # Another process appends and dies before it could project.
        catalog.journal.append([CreditSet(asset="etc", repository="local", balance=6)], NOW)
        assert catalog.facts(policy(asset("etc")), NOW).placement("etc", "local").credit == 6
        catalog.journal.append([CreditSet(asset="etc", repository="local", balance=7)], NOW)
    with open_catalog(tmp_path) as catalog:
        assert catalog.projection.in_step()
        assert catalog.notices == ()
        assert catalog.facts(policy(asset("etc")), NOW).placement("etc", "local").credit == 7
