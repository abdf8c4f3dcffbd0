"""Standings: the small table that a pass with nothing to do reads."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from reconciler.catalog import open_catalog
from reconciler.catalog.catalog import Catalog
from reconciler.catalog.listings.reasons import from_text, to_text
from reconciler.obligations.assessment import Assessment, Promise, State
from reconciler.observed.reason import Reason
from reconciler.units.instants import NEVER
from tests.unit.catalog.catalogs import HOUR, NOW

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


def assessment(name: str, state: State = State.MET, until: datetime = NEVER, **more: datetime) -> Assessment:
    return Assessment(Promise("freshness", name, "local"), state, Reason.of("fresh", **more), until=until)


@given(st.dictionaries(st.sampled_from("abcdef"), VALUES))
def test_a_reason_comes_back_with_the_types_of_its_parameters(parameters: dict[str, str]) -> None:
    reason = Reason.of("code", **parameters)
    found = from_text(to_text(reason))
    assert found == reason
    assert [type(value) for _, value in found.parameters] == [type(value) for _, value in reason.parameters]


def test_only_changed_rows_are_written(catalog: Catalog) -> None:
    both = [assessment("etc", newest=NOW), assessment("wiki", until=NOW + HOUR)]
    assert catalog.save_standing(both, NOW) == 2
    assert catalog.save_standing(both, NOW + HOUR) == 0
    assert catalog.save_standing([both[0], assessment("wiki", State.DUE, NOW + HOUR)], NOW + HOUR) == 1
    etc, wiki = catalog.load_standing()
    assert (etc.promise.asset, etc.state, etc.since, etc.newest) == ("etc", State.MET, NOW, NOW)
    assert (wiki.promise.asset, wiki.state, wiki.since, wiki.newest) == ("wiki", State.DUE, NOW + HOUR, None)
    assert etc.reason == both[0].reason


def test_a_pass_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    with open_catalog(tmp_path) as catalog:
        catalog.save_standing([assessment("etc")], NOW)
    before = (tmp_path / "catalog.db").read_bytes(), (tmp_path / "journal.db").read_bytes()
    with open_catalog(tmp_path) as catalog:
        catalog.save_standing([assessment("etc")], NOW + HOUR)
        catalog.load_standing()
        catalog.standing_due(NOW)
        walls = [path for path in tmp_path.glob("*-wal") if path.stat().st_size]
        assert walls == []
    assert before == ((tmp_path / "catalog.db").read_bytes(), (tmp_path / "journal.db").read_bytes())


def test_what_is_due_is_found_by_its_until(catalog: Catalog) -> None:
    catalog.save_standing([assessment("etc", until=NOW + HOUR), assessment("wiki", until=NOW), assessment("mail")], NOW)
    assert [found.promise.asset for found in catalog.standing_due(NOW)] == ["wiki"]
    assert [found.promise.asset for found in catalog.standing_due(NOW + HOUR)] == ["wiki", "etc"]


def test_promises_that_are_gone_leave_and_those_of_other_assets_stay(catalog: Catalog) -> None:
    catalog.save_standing([assessment("etc"), assessment("wiki"), assessment("mail")], NOW)
    assert catalog.save_standing([], NOW, assets=("etc",)) == 1
    assert [found.promise.asset for found in catalog.load_standing()] == ["mail", "wiki"]
    assert catalog.save_standing([assessment("mail")], NOW) == 1
    assert [found.promise.asset for found in catalog.load_standing()] == ["mail"]
