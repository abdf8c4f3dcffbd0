"""The world kept from pass to pass: whatever happens, it says what one seen for the first time would say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.catalog import open_catalog
from reconciler.catalog.catalog import Catalog
from reconciler.catalog.values import RepositoryLook
from reconciler.obligations.limits import Limits
from reconciler.observed.entries import Entry, PlacementWanted
from reconciler.observed.facts import Observed, PageFacts, PolicyFacts, Reach
from reconciler.operations.world import World
from reconciler.plan.plan import Plan
from reconciler.policy.models.asset import Adopt
from reconciler.policy.models.exceptions import BackupRequestSpec
from reconciler.policy.resolved import ResolvedPolicy
from tests.unit.catalog.catalogs import DAY, HOUR, NOW, asset, backup_id, listing, policy, snapshot
from tests.unit.catalog.test_projection import ASSETS, ENTRIES, NUMBERS, REPOSITORIES

LIMITS = Limits("db1", grace=HOUR)
ADOPTING = Adopt(host="db1", paths=("/etc",), count=True)
ASKED = {"before": BackupRequestSpec(asset="wiki", reason="x")}
POLICIES: tuple[ResolvedPolicy, ...] = (
    policy(asset("etc", "local", "nas"), asset("wiki", "nas")),
    policy(asset("etc", "local"), asset("wiki", "nas"), requests=ASKED),
    policy(asset("etc", "local", "nas", adopt=ADOPTING)),
    policy(asset("etc", "local", "nas"), asset("wiki", "nas", "local"), asset("mail", "cold")),
)

Step = Callable[[Catalog, datetime], object]
Leap = tuple[Step, int, int, bool]


def _recorded(entries: list[Entry]) -> Step:
    return lambda catalog, now: catalog.record(entries, now)


def _listed(repository: str, numbers: list[int], name: str | None, gone: list[int]) -> Step:
    def step(catalog: Catalog, now: datetime) -> None:
        seen = [snapshot(n, name, time=NOW - n * HOUR, attempt=f"a{n}") for n in numbers]
        removed = frozenset(backup_id(number) for number in gone if number not in numbers)
        catalog.store_listing(listing(repository, *seen, at=now, removed=removed))

    return step


def _looked(repository: str, reach: Reach, free: int) -> Step:
    return lambda catalog, now: catalog.store_look(RepositoryLook(repository, reach, now, total=1000, free=free))


def _rendered(name: str, fingerprint: str) -> Step:
    return lambda catalog, now: catalog.store_page(name, PageFacts(fingerprint, now))


def _wanted(name: str, repository: str) -> Step:
    return _recorded([PlacementWanted(asset=name, repository=repository)])


SOME = st.lists(NUMBERS, max_size=3, unique=True)
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(_recorded, st.lists(ENTRIES, max_size=4)),
    st.builds(_listed, REPOSITORIES, SOME, ASSETS | st.none(), SOME),
    st.builds(_looked, REPOSITORIES, st.sampled_from(Reach), st.sampled_from([900, 150, 50])),
    st.builds(_rendered, ASSETS, st.sampled_from(["one", "two"])),
    st.builds(_wanted, ASSETS, REPOSITORIES),
    st.builds(lambda text: lambda catalog, now: catalog.note_settings(text, now), st.sampled_from("ab")),
)
LEAPS = st.lists(
    st.tuples(STEPS, st.sampled_from([0, 0, 1, 7, 61, 1500, -30]), st.integers(0, len(POLICIES) - 1), st.booleans()),
    max_size=10,
)


def _planned(world: World, resolved: ResolvedPolicy, now: datetime) -> Plan:
    return world.plan(resolved, Observed(policy=PolicyFacts(head="r", applied="r")), "r", now)


def _world(catalog: Catalog, kept: ResolvedPolicy | None = None) -> World:
    return World(catalog, LIMITS, {"page": "text"}, "program", kept)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(LEAPS)
def test_what_is_kept_from_pass_to_pass_is_what_a_first_look_would_find(leaps: Sequence[Leap]) -> None:
    with TemporaryDirectory() as folder, open_catalog(Path(folder)) as catalog:
        kept: World = _world(catalog)
        now = NOW
        for step, minutes, chosen, _ in leaps:
            now += timedelta(minutes=minutes)
            step(catalog, now)
            _assert_alike(kept, _world(catalog), POLICIES[chosen], now)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(LEAPS)
def test_what_the_catalog_keeps_is_a_beginning_for_the_next_start(leaps: Sequence[Leap]) -> None:
    with TemporaryDirectory() as folder, open_catalog(Path(folder)) as catalog:
        kept, before = _world(catalog), POLICIES[0]
        _planned(kept, before, NOW)
        kept.keep()
        now = NOW
        for step, minutes, chosen, keeps in leaps:
            now += timedelta(minutes=minutes)
            step(catalog, now)
            started = _world(catalog, before)
            _assert_alike(started, _world(catalog), POLICIES[chosen], now)
            if keeps:
                _planned(started, before, now)
                started.keep()


def _assert_alike(kept: World, first: World, resolved: ResolvedPolicy, now: datetime) -> None:
    found, expected = _planned(kept, resolved, now), _planned(first, resolved, now)
    assert found.assessments == expected.assessments
    assert found.actions == expected.actions
    assert found == replace(expected, until=found.until)
    assert found.until <= max(expected.until, now + DAY * 3650)
    assert kept.observed.glances == first.observed.glances
    assert kept.observed.repositories == first.observed.repositories
    assert kept.observed.orphans == first.observed.orphans


def test_a_plan_with_nothing_new_reads_no_facts_and_writes_nothing(tmp_path: Path) -> None:
    with open_catalog(tmp_path) as catalog:
        world = _world(catalog)
        first = _planned(world, POLICIES[0], NOW)
        world.keep()
        seq = catalog.standings.newest()
        before = (tmp_path / "catalog.db-wal").stat().st_size
        again = _planned(world, POLICIES[0], NOW)
        world.keep()
        assert again.assessments is first.assessments
        assert catalog.standings.newest() == seq
        assert (tmp_path / "catalog.db-wal").stat().st_size == before
