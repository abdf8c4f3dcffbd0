"""Standings: the small tables that a pass reads instead of the whole world."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconciler.catalog.catalog import Catalog
from reconciler.catalog.listings.reasons import from_text, to_text
from reconciler.catalog.values import Standing
from reconciler.obligations.assessment import Promise, State
from reconciler.observed.reason import Reason
from reconciler.policy.models.asset import Adopt
from reconciler.units.instants import NEVER
from tests.unit.catalog.catalogs import HOUR, NOW, asset, backup_id, began, listing, policy, snapshot

INSTANTS = st.integers(-(10**15), 10**15).map(lambda found: NOW + timedelta(microseconds=found))
VALUES = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
    | st.integers(-(2**53), 2**53)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | INSTANTS
    | st.integers(-(10**15), 10**15).map(lambda found: timedelta(microseconds=found))
    | st.lists(st.text("abc"), max_size=3).map(tuple)
)


def standing(name: str, state: State = State.MET, until: datetime = NEVER, **more: datetime) -> Standing:
    return Standing(Promise("freshness", name, "local"), state, Reason.of("fresh", **more), None, until)


@given(st.dictionaries(st.sampled_from("abcdef"), VALUES))
def test_a_reason_comes_back_with_the_types_of_its_parameters(parameters: dict[str, str]) -> None:
    reason = Reason.of("code", **parameters)
    found = from_text(to_text(reason))
    assert found == reason
    assert [type(value) for _, value in found.parameters] == [type(value) for _, value in reason.parameters]


def test_rows_come_back_as_they_were_kept_with_what_they_are_made_from(catalog: Catalog) -> None:
    etc = replace(standing("etc", at=NOW), newest=NOW, listed=3, failures=1, acts=True, since=NOW)
    catalog.standings.save([etc, standing("wiki", State.DUE, NOW + HOUR)], (), (7, NOW), "program 1")
    assert catalog.standings.load("program 1", NOW) == (7, (etc, standing("wiki", State.DUE, NOW + HOUR)))
    assert catalog.standings.load("program 2", NOW) is None


def test_rows_from_the_future_are_none(catalog: Catalog) -> None:
    catalog.standings.save([standing("etc")], (), (7, NOW), "program")
    assert catalog.standings.load("program", NOW - HOUR) is None


def test_rows_are_replaced_removed_or_all_made_anew(catalog: Catalog) -> None:
    catalog.standings.save([standing(name) for name in ("etc", "wiki", "mail")], (), (1, NOW), "program")
    changed = standing("wiki", State.BREACHED)
    catalog.standings.save([changed], {standing("etc").promise}, (2, NOW), "program")
    assert catalog.standings.load("program", NOW) == (2, (standing("mail"), changed))
    catalog.standings.save([standing("new")], (), (3, NOW), "program", anew=True)
    assert catalog.standings.load("program", NOW) == (3, (standing("new"),))


def test_what_is_touched_is_told_by_asset_whoever_tells_whose_it_is(catalog: Catalog) -> None:
    rule = Adopt(host="db1", paths=("/etc",), count=True)
    world = policy(asset("etc", adopt=rule), asset("wiki"), asset("mail"))
    catalog.record([began("a1")], NOW)
    first = catalog.standings.newest()
    catalog.record([began("a2", "wiki")], NOW)
    before = catalog.standings.changes(first, world)
    assert before.assets == {"wiki"}
    catalog.store_listing(listing("local", snapshot(1, None), snapshot(2, "mail", paths=("/m",))))
    found = catalog.standings.changes(before.seq, world)
    assert found.assets == {"etc", "mail"}
    assert catalog.standings.changes(found.seq, world).assets == frozenset()
    catalog.store_listing(listing("local", removed=frozenset({backup_id(2)})))
    assert catalog.standings.changes(found.seq, world).assets == {"mail"}


def test_a_replay_of_the_journal_touches_everything(catalog: Catalog) -> None:
    seq = catalog.standings.newest()
    catalog.projection.catch_up(anew=True)
    assert catalog.standings.changes(seq, policy(asset("etc"))).everything
    assert catalog.standings.changes(10**9, policy(asset("etc"))).everything, "another file was put here"


def test_a_place_is_never_given_twice(catalog: Catalog) -> None:
    world = policy(asset("etc"))
    catalog.record([began("a1")], NOW)
    for _ in range(3):
        seq = catalog.standings.newest()
        catalog.record([began("a1")], NOW)
        assert catalog.standings.changes(seq, world).assets == {"etc"}


def test_a_known_backup_that_is_listed_as_another_s_touches_both(catalog: Catalog) -> None:
    world = policy(asset("etc"), asset("wiki"))
    for ids in ((1,), (1, 2)):
        catalog.store_listing(listing("local", *(snapshot(one, "etc") for one in ids)))
        seq = catalog.standings.newest()
        catalog.store_listing(listing("local", *(snapshot(one, "wiki") for one in ids)))
        assert catalog.standings.changes(seq, world).assets == {"etc", "wiki"}
