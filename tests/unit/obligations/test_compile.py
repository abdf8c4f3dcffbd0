"""From a policy to its obligations: which there are, whose work they are, and the state as one more asset."""

from __future__ import annotations

from collections import Counter

from reconciler.kinds.source import Source
from reconciler.obligations.builtin import STATE, state_asset, with_builtin
from reconciler.obligations.freshness import Freshness, Origin
from reconciler.obligations.repository import Repository
from reconciler.obligations.request import Request
from reconciler.obligations.retained import Retained
from reconciler.policy.models.exceptions import BackupRequestSpec
from reconciler.policy.models.retention import RetentionSpec
from reconciler.retention.decide import Terms
from tests.unit.obligations.policies import DAY, HOST, HOUR, LIMITS, MADRID, asset, compiled, one_of, placement, policy
from tests.unit.obligations.worlds import POLICY


def test_there_is_one_obligation_for_each_promise() -> None:
    promises = Counter(obligation.promise for obligation in compiled(POLICY))
    assert set(promises.values()) == {1}
    kinds = Counter(promise.kind for promise in promises)
    assert kinds == {
        "applied": 1,
        "repository": 3,
        "integrity": 3,
        "capacity": 3,
        "freshness": 6,
        "retention": 6,
        "redundancy": 4,
        "runbook": 3,
        "request": 1,
    }


def test_work_is_planned_only_for_this_host() -> None:
    ours = {
        obligation.asset for obligation in compiled(POLICY) if isinstance(obligation, Freshness) and obligation.ours
    }
    assert ours == {"wiki", "etc", "db"}
    keeps = {o.repository for o in compiled(POLICY) if isinstance(o, Retained) and o.keeps}
    assert keeps == {"local", "nas"}
    unused = one_of(policy(asset("wiki", placement("local"), host="db1")), "repository")
    assert isinstance(unused, Repository)
    assert unused.initialises


def test_a_copy_is_held_to_its_own_place_s_rules_in_the_policy_s_zone() -> None:
    there = policy(
        asset("wiki", placement("local"), placement("cold", "local", rpo=DAY, retention=RetentionSpec(daily=7)))
    )
    copy, original = one_of(there, "freshness", "cold"), one_of(there, "freshness", "local")
    assert isinstance(copy, Freshness) and isinstance(original, Freshness)
    assert copy.origin == Origin("local", Terms(RetentionSpec(daily=7), MADRID, LIMITS.floor))
    assert original.origin is None
    assert copy.rpo == DAY


def test_a_request_is_served_on_the_slots_of_its_asset_s_first_original() -> None:
    source = Source.model_validate({"files": {"include": ["/srv"], "full_every": "7d"}})
    wiki = asset("wiki", placement("local"), placement("nas"), placement("cold", "local"), source=source)
    asked_for = {name: BackupRequestSpec(asset=name, reason="moves") for name in ("wiki", "unknown")}
    there = policy(wiki, requests={f"now-{name}": request for name, request in asked_for.items()})
    fresh, [asked] = one_of(there, "freshness", "local"), [o for o in compiled(there) if isinstance(o, Request)]
    assert isinstance(fresh, Freshness)
    assert (asked.name, asked.asset, asked.repositories) == ("now-wiki", "wiki", ("local", "nas"))
    assert (asked.slots, asked.full_every, asked.ours) == (fresh.slots, 7 * DAY, True)
    assert fresh.full_every == 7 * DAY


def test_the_state_is_an_asset_in_every_repository_of_its_host() -> None:
    there = with_builtin(policy(asset("wiki", placement("local"), placement("nas", "local"))), HOST, "/state/export")
    state = there.assets[STATE]
    assert [placed.repository for placed in state.placements] == ["local", "nas"]
    assert all(placed.copy_of is None for placed in state.placements)
    assert state.source.files is not None
    assert state.source.files.include == ("/state/export",)


def test_the_state_is_as_fresh_as_the_most_demanding_asset_within_an_hour_and_a_day() -> None:
    for rpo, expected in ((HOUR / 4, HOUR), (4 * HOUR, 4 * HOUR), (9 * DAY, DAY)):
        there = with_builtin(policy(asset("wiki", placement("local", rpo=rpo))), HOST, "/state")
        assert there.assets[STATE].rpo == expected


def test_each_host_has_a_state_of_its_own() -> None:
    fleet = policy(
        asset("wiki", placement("local")),
        asset("db", placement("nas"), host="db1"),
        asset("odd", placement("nas"), host="DB.example.org"),
    )
    there = with_builtin(fleet, "db1", "/state")
    names = {name for name, found in there.assets.items() if found.tier == "built-in"}
    assert {STATE, "reconciler-state-db1"} < names
    assert len(names) == 3
    assert state_asset(fleet, "db1") == state_asset(there, "db1") == "reconciler-state-db1"
    assert all(there.assets[state_asset(fleet, host)].host == host for host in (HOST, "db1", "DB.example.org"))


def test_a_policy_without_assets_has_no_state_to_keep() -> None:
    empty = policy()
    assert with_builtin(empty, HOST, "/state") == empty
    assert [obligation.promise.kind for obligation in compiled(empty, LIMITS)] == ["applied"]
