"""Enforced policies are written as what changed and read back whole, over restarts, losses and old entries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.catalog import open_catalog
from reconciler.catalog.catalog import Catalog
from reconciler.catalog.journal.policies import MOST_CHANGES
from reconciler.catalog.values import Filter
from reconciler.errors import CatalogError
from reconciler.observed.entries import ENTRY, PlacementWanted, PolicyEnforced
from reconciler.policy.changes import change_between
from reconciler.policy.models.asset import Expect
from reconciler.policy.resolved import ResolvedPolicy
from tests.unit.catalog.catalogs import HOUR, NOW, asset, backup_id, policy
from tests.unit.catalog.test_projection import tables

WORLDS = st.lists(
    st.tuples(st.lists(st.sampled_from("abcd"), unique=True, min_size=1), st.integers(1, 3) | st.none()),
    min_size=1,
    max_size=8,
)


def _policy(names: Iterable[str], accept: int | None = None) -> ResolvedPolicy:
    expect = Expect(accept=None if accept is None else backup_id(accept))
    return policy(*(asset(name, expect=expect) for name in names))


def _enforce(catalog: Catalog, wanted: ResolvedPolicy, now: datetime = NOW, revision: str = "a" * 40) -> None:
    catalog.record([catalog.policy_entry(revision, wanted, complete=True)], now)


def _written(catalog: Catalog) -> list[PolicyEnforced]:
    found = catalog.journal.entries(Filter(kinds=frozenset({"policy-enforced"})))
    return [one.entry for one in reversed(found) if isinstance(one.entry, PolicyEnforced)]


def test_one_changed_asset_of_hundreds_is_a_short_entry(catalog: Catalog) -> None:
    names = [f"asset-{number}" for number in range(300)]
    _enforce(catalog, _policy(names))
    changed = policy(*(asset(name, expect=Expect(minimum_size=5 if name == "asset-7" else None)) for name in names))
    _enforce(catalog, changed, revision="b" * 40)
    _enforce(catalog, changed, revision="c" * 40)
    assert catalog.enforced() == ("c" * 40, changed)
    whole, change, nothing = (len(ENTRY.dump_json(entry)) for entry in _written(catalog))
    assert whole > 200_000
    assert nothing < change < 5_000


@pytest.mark.slow
def test_the_whole_policy_is_written_now_and_then(catalog: Catalog) -> None:
    for number in range(2 * MOST_CHANGES + 5):
        _enforce(catalog, _policy("ab", accept=number + 1), NOW + number * HOUR)
    whole = [number for number, entry in enumerate(_written(catalog)) if entry.policy]
    assert whole == [0, MOST_CHANGES + 1, 2 * (MOST_CHANGES + 1)]
    assert catalog.enforced() == ("a" * 40, _policy("ab", accept=2 * MOST_CHANGES + 5))


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(worlds=WORLDS, again=st.sets(st.integers(0, 8)), old=st.sets(st.integers(0, 8)))
def test_what_is_read_back_is_what_was_enforced(
    worlds: list[tuple[list[str], int | None]],
    again: set[int],
    old: set[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """``again``: the process ends there. ``old``: an entry as older versions wrote it, whole."""
    folder = tmp_path_factory.mktemp("catalog")
    catalog, now = open_catalog(folder), NOW
    try:
        for number, (names, accept) in enumerate(worlds):
            now += timedelta(minutes=1)
            wanted = _policy(names, accept)
            if number in old:
                catalog.record([PolicyEnforced(revision="a" * 40, policy=wanted)], now)
            else:
                _enforce(catalog, wanted, now)
            catalog.record([PlacementWanted(asset=name, repository="local") for name in names], now)
            if number in again:
                catalog.close()
                catalog = open_catalog(folder)
            found = catalog.enforced()
            assert found is not None
            assert found[1].model_dump_json() == wanted.model_dump_json()
        stepwise, facts = tables(folder), catalog.facts(wanted, now)
        catalog.projection.catch_up(anew=True)
        assert (tables(folder), catalog.facts(wanted, now)) == (stepwise, facts)
        catalog.close()
        (folder / "catalog.db").unlink()
        catalog = open_catalog(folder)
        assert catalog.enforced() == ("a" * 40, wanted)
        assert catalog.facts(wanted, now).placements == facts.placements
    finally:
        catalog.close()


def test_a_journal_that_is_brought_back_under_another_keeps_both_chains(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    with open_catalog(tmp_path / "old") as lost:
        _enforce(lost, _policy("abc"))
        _enforce(lost, _policy("abcd"), NOW + HOUR)
        lost.export_journal(tmp_path / "saved.db")
    with open_catalog(tmp_path / "new") as catalog:
        _enforce(catalog, _policy("xy"), NOW + 2 * HOUR)
        _enforce(catalog, _policy("xyz"), NOW + 3 * HOUR)
        catalog.bring_back_journal(tmp_path / "saved.db", NOW + 4 * HOUR)
        assert catalog.enforced() == ("a" * 40, _policy("xyz"))
        _enforce(catalog, _policy("z"), NOW + 5 * HOUR)
    with open_catalog(tmp_path / "new") as catalog:
        assert catalog.enforced() == ("a" * 40, _policy("z"))


def test_a_change_without_what_it_changes_is_told_and_not_guessed(catalog: Catalog) -> None:
    change = change_between(_policy("a"), _policy("ab"))
    catalog.journal.append([PolicyEnforced(revision="a" * 40, change=change)], NOW)
    with pytest.raises(CatalogError, match="changes a policy that is not there"):
        catalog.enforced()


def test_an_entry_is_whole_or_a_change() -> None:
    change = change_between(_policy("a"), _policy("a"))
    for forms in ({}, {"policy": _policy("a"), "change": change}):
        with pytest.raises(ValueError, match="whole or as a change"):
            PolicyEnforced(revision="a" * 40, **forms)
