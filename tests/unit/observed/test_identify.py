"""Whose a snapshot is: tags and adopt rules decide, host and path alone never do."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from reconciler.observed.identify import Identification, Ownership, identify
from reconciler.observed.listing import Snapshot
from reconciler.policy.models.asset import Adopt

NAMES = st.sampled_from(["etc", "wiki", "mail", "old"])
PATHS = st.lists(st.sampled_from(["/etc", "/srv", "/home"]), min_size=1, max_size=3).map(tuple)
HOSTS = st.sampled_from(["db1", "db2"])


def _snapshot(*tags: str, host: str = "db1", paths: tuple[str, ...] = ("/etc",)) -> Snapshot:
    return Snapshot("a" * 64, datetime(2026, 11, 24, tzinfo=UTC), host, paths, tags)


def _owns(**adopt: Adopt | None) -> Ownership:
    return Ownership.from_rules("iact", adopt)


def test_a_tag_of_the_policy_names_the_asset_whatever_the_host_and_path() -> None:
    found = identify(_snapshot("asset=iact/etc", host="elsewhere", paths=("/tmp/x",)), _owns(etc=None))
    assert found == Identification(asset="etc")


def test_a_snapshot_without_tag_and_rule_belongs_to_nobody() -> None:
    found = identify(_snapshot(), _owns(etc=None))
    assert found == Identification()
    assert not found.ours


def test_another_policys_tag_belongs_to_nobody() -> None:
    assert identify(_snapshot("asset=other/etc"), _owns(etc=None)).asset is None
    assert not identify(_snapshot("asset=iact"), _owns(iact=None)).ours
    assert not identify(_snapshot("asset=iact/"), _owns(etc=None)).ours


def test_a_tag_of_an_asset_that_left_the_policy_makes_an_orphan() -> None:
    assert identify(_snapshot("asset=iact/gone"), _owns(etc=None)) == Identification(orphan="gone")


def test_an_adopt_rule_takes_snapshots_of_exactly_its_host_and_paths() -> None:
    rule = Adopt(host="db1", paths=("/etc", "/srv"), count=True)
    owns = _owns(etc=rule)
    assert identify(_snapshot(paths=("/srv", "/etc")), owns) == Identification("etc", adopted=True, counts=True)
    assert not identify(_snapshot(paths=("/etc",)), owns).ours
    assert not identify(_snapshot(paths=("/etc", "/srv", "/home")), owns).ours
    assert not identify(_snapshot(paths=("/etc", "/srv"), host="db2"), owns).ours


def test_an_adopt_rule_without_count_takes_over_and_does_not_count() -> None:
    owns = _owns(etc=Adopt(host="db1", paths=("/etc",), count=False))
    assert identify(_snapshot(), owns) == Identification("etc", adopted=True, counts=False)


def test_a_renamed_asset_adopts_the_backups_of_its_old_name() -> None:
    owns = _owns(wiki=Adopt(host="db1", paths=("/etc",), count=True))
    assert identify(_snapshot("asset=iact/etc"), owns).asset == "wiki"


def test_a_rule_never_takes_what_a_present_assets_tag_claims() -> None:
    owns = _owns(etc=None, wiki=Adopt(host="db1", paths=("/etc",), count=True))
    assert identify(_snapshot("asset=iact/etc"), owns) == Identification("etc")


def test_a_snapshot_that_two_rules_claim_belongs_to_nobody() -> None:
    rule = Adopt(host="db1", paths=("/etc",), count=True)
    assert not identify(_snapshot(), _owns(etc=rule, wiki=rule)).ours


def test_tagged_backups_are_adopted_too_so_that_they_count_after_the_journal_was_lost() -> None:
    owns = _owns(etc=Adopt(host="db1", paths=("/etc",), count=True))
    assert identify(_snapshot("asset=iact/etc"), owns) == Identification("etc", adopted=True, counts=True)


@given(tag=st.none() | st.tuples(st.sampled_from(["iact", "other"]), NAMES), host=HOSTS, paths=PATHS, rule_paths=PATHS)
def test_only_a_tag_of_ours_or_a_fitting_rule_makes_a_snapshot_ours(
    tag: tuple[str, str] | None, host: str, paths: tuple[str, ...], rule_paths: tuple[str, ...]
) -> None:
    owns = _owns(etc=None, wiki=Adopt(host="db1", paths=rule_paths))
    tags = (f"asset={tag[0]}/{tag[1]}",) if tag else ()
    found = identify(_snapshot(*tags, host=host, paths=paths), owns)
    fits = host == "db1" and set(paths) == set(rule_paths)
    assert found.ours == (fits or (tag is not None and tag[0] == "iact"))
    assert found.asset in (None, "etc", "wiki")
