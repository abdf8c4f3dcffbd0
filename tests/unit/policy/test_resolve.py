"""Resolving: what an asset does not say comes from its tier, its policy, or a default."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.policy.models.document import Selector
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.resolve import resolve
from reconciler.policy.resolved import ResolvedAsset, ResolvedPolicy
from reconciler.policy.selection import selects
from tests.unit.policy.writing import ASSET, EVERYTHING, POLICY, RETENTION, added, changed, load, together

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONG = RETENTION.replace("week", "long").replace("daily: 7", "yearly: 7")


def policy_with(old: str, new: str, *extra: str) -> ResolvedPolicy:
    loaded = changed(old, new, *extra)
    assert loaded.policy is not None, [str(problem) for problem in loaded.problems]
    return loaded.policy


def wiki(old: str, new: str, *extra: str) -> ResolvedAsset:
    return policy_with(old, new, *extra).assets["wiki"]


def test_an_asset_has_its_tier_s_values() -> None:
    asset = wiki("name: wiki", "name: wiki")
    assert (asset.rpo, asset.rto, asset.tier) == (DAY, 4 * HOUR, "gold")
    assert [placement.repository for placement in asset.placements] == ["local", "nas"]
    assert {placement.retention for placement in asset.placements} == {RetentionSpec(daily=7)}
    assert asset.placement("nas").copy_of == "local"


def test_what_an_asset_says_itself_comes_first() -> None:
    asset = wiki("tier: gold", "tier: gold\n  rpo: 6h\n  rto: 1h\n  encryption: optional\n  initialWithin: 1d")
    assert (asset.rpo, asset.rto, asset.encryption, asset.initial_within) == (6 * HOUR, HOUR, "optional", DAY)
    assert {placement.rpo for placement in asset.placements} == {6 * HOUR}


def test_an_override_of_one_copy_rule_keeps_the_tier_s_other_rules() -> None:
    loaded = changed(
        "retention: week",
        "retention: week, copies: {minimum: 3, media: 2}, proof: {readAll: 7d, restore: {every: 35d}}",
    )
    assert loaded.policy is not None
    text = together(*EVERYTHING).replace(
        "retention: week",
        "retention: week, copies: {minimum: 3, media: 2}, proof: {readAll: 7d, restore: {every: 35d}}",
    )
    overridden = load(text.replace("tier: gold", "tier: gold\n  copies: {media: 1}\n  proof: {readAll: 30d}"))
    assert overridden.policy is not None
    asset = overridden.policy.assets["wiki"]
    assert (asset.copies.minimum, asset.copies.media) == (3, 1)
    assert asset.proof.read_all == 30 * DAY
    assert asset.proof.restore is not None
    assert asset.proof.restore.every == 35 * DAY


def test_the_retention_is_the_placement_s_else_the_asset_s_else_the_tier_s() -> None:
    week, long = RetentionSpec(daily=7), RetentionSpec(yearly=7)
    own = wiki("tier: gold", "tier: gold\n  retention: long", LONG)
    assert {placement.retention for placement in own.placements} == {long}
    placed = wiki("copyOf: local", "copyOf: local, retention: long", LONG)
    assert (placed.placement("local").retention, placed.placement("nas").retention) == (week, long)
    both = together(*EVERYTHING, LONG).replace("tier: gold", "tier: gold\n  retention: long")
    policy = load(both.replace("copyOf: local", "copyOf: local, retention: week")).policy
    assert policy is not None
    asset = policy.assets["wiki"]
    assert (asset.placement("local").retention, asset.placement("nas").retention) == (long, week)


@pytest.mark.parametrize(
    ("written", "lag"),
    [("", 7 * DAY), (", rpo: 5d", 10 * DAY), (", rpo: 5d, copyLag: 3d", 3 * DAY)],
)
def test_the_copy_lag_is_a_week_or_twice_the_target_s_rpo(written: str, lag: timedelta) -> None:
    assert wiki("copyOf: local", f"copyOf: local{written}").placement("nas").copy_lag == lag


def test_the_host_is_its_own_else_the_policy_s_else_this_one() -> None:
    assert wiki("name: wiki", "name: wiki").host == "infra1"
    assert wiki("tier: gold", "tier: gold\n  host: db1").host == "db1"
    assert wiki("defaultHost: infra1, ", "").host == "here"


def test_an_absent_keeper_is_the_default_host_and_none_stays_nobody() -> None:
    policy = policy_with("medium: nas", "medium: nas\n  keeper: none")
    assert (policy.repositories["local"].keeper, policy.repositories["nas"].keeper) == ("infra1", "none")
    assert policy_with("defaultHost: infra1, ", "").repositories["local"].keeper == "here"


def test_placements_begin_with_the_originals_whatever_the_order_written() -> None:
    asset = wiki(
        "    - name: local\n    - {name: nas, copyOf: local}\n",
        "    - {name: nas, copyOf: local}\n    - name: local\n",
    )
    assert [placement.repository for placement in asset.placements] == ["local", "nas"]


def test_an_asset_that_lacks_something_is_left_out_and_the_others_stay() -> None:
    lacking = ASSET.replace("name: wiki", "name: blog").replace("tier: gold", "tier: none")
    loaded = added(lacking)
    assert loaded.policy is None
    assert set(resolve(loaded.documents, "here").assets) == {"wiki"}


def test_without_a_policy_document_there_is_nothing_to_resolve() -> None:
    with pytest.raises(LookupError):
        resolve(load(together(*(one for one in EVERYTHING if one != POLICY))).documents, "here")


def test_a_resolved_policy_survives_its_own_json() -> None:
    policy = policy_with("name: wiki", "name: wiki")
    assert ResolvedPolicy.model_validate_json(policy.model_dump_json()) == policy


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (Selector(), True),
        (Selector(assets=("wiki",)), True),
        (Selector(assets=("blog",)), False),
        (Selector(tier="gold"), True),
        (Selector(tier="iron"), False),
        (Selector(host="infra1"), True),
        (Selector(host="db1"), False),
        (Selector(repositories=("nas",)), True),
        (Selector(repositories=("cold",)), False),
        (Selector(labels={"team": "platform"}), True),
        (Selector(labels={"team": "other"}), False),
        (Selector(labels={"none": "platform"}), False),
        (Selector(assets=("wiki",), tier="iron"), False),
    ],
)
def test_a_selector_asks_that_every_condition_holds(selector: Selector, expected: bool) -> None:
    assert selects(selector, wiki("name: wiki", "name: wiki, labels: {team: platform}")) is expected
