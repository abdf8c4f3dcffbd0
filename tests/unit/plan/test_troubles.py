"""What counts as trouble: each thing once, one item for all that one repository causes, nothing that is meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from reconciler.observed.attempts import Attempt, Verb
from reconciler.observed.facts import Observed, PendingFacts, PlacementFacts, PolicyFacts, Reach, RepositoryFacts
from reconciler.plan.build import make_plan
from reconciler.plan.troubles import LASTING, SOURCE_LASTING, Trouble, troubles_of
from reconciler.policy.models.repository import Capacity
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.resolved import ResolvedPolicy
from tests.unit.obligations import worlds
from tests.unit.obligations.policies import (
    DAY,
    HOUR,
    LIMITS,
    NOW,
    asset,
    backup,
    compiled,
    facts,
    failed,
    placement,
    policy,
    ready,
    repository,
    world,
)

MINUTE = timedelta(minutes=1)
NAMES = ("a", "b", "c", "d", "e")
FIVE = policy(*(asset(name, placement("local")) for name in NAMES))


def found(resolved: ResolvedPolicy, observed: Observed) -> dict[str, Trouble]:
    """The troubles of that world, by key; those that are told by themselves."""
    plan = make_plan(compiled(resolved), observed, resolved, LIMITS, "r1", NOW)
    return {one.key: one for one in troubles_of(plan, resolved, observed) if not one.folded}


def fresh(name: str, **fields: Any) -> PlacementFacts:
    """An asset with a backup of ten minutes ago."""
    return facts("local", backup(f"{name}1", NOW - 10 * MINUTE, asset=name), asset=name, **fields)


def old(name: str, **fields: Any) -> PlacementFacts:
    """An asset whose newest backup is five hours old."""
    return facts("local", backup(f"{name}1", NOW - 5 * HOUR, asset=name), asset=name, **fields)


def calm(*parts: RepositoryFacts | PlacementFacts, **fields: Any) -> Observed:
    """A world in which repositories were checked and the policy is applied."""
    applied = PolicyFacts(head="r1", attempted="r1", applied="r1", approved="r1")
    return world(ready("local", checked_at=NOW - HOUR, total=1000, free=900), *parts, **({"policy": applied} | fields))


def kinds(troubles: dict[str, Trouble]) -> set[tuple[str, str]]:
    """Keys and events, without pages that nobody rendered in these worlds."""
    return {(key, one.event) for key, one in troubles.items() if not key.startswith("runbook")}


def test_a_calm_world_has_no_trouble() -> None:
    assert kinds(found(FIVE, calm(*map(fresh, NAMES)))) == set()


def test_a_broken_promise_is_a_breach() -> None:
    troubles = found(FIVE, calm(*map(fresh, NAMES[1:]), old("a")))
    assert kinds(troubles) == {("freshness a/local too-old", "breached"), ("redundancy a too-few-copies", "breached")}
    assert troubles["freshness a/local too-old"].lasting == timedelta(0)
    assert troubles["freshness a/local too-old"].assets == ("a",)


@pytest.mark.parametrize("reach", [Reach.MISSING, Reach.UNREACHABLE, Reach.CHANGED, Reach.REFUSED])
def test_a_repository_that_is_gone_is_one_item_that_counts_its_assets(reach: Reach) -> None:
    lost = ready("local", reach=reach, code="repository-unreachable", trouble_since=NOW - 3 * HOUR)
    failing = {"last": failed(NOW - HOUR, code="repository-unreachable"), "failures": 5}
    troubles = found(FIVE, replace(calm(*(old(name, **failing) for name in NAMES)), repositories={"local": lost}))
    [(key, one)] = [(key, one) for key, one in troubles.items() if not key.startswith("runbook")]
    assert key.startswith("repository local ")
    assert one.assets == NAMES
    assert one.event == ("unknown" if reach is Reach.UNREACHABLE else "breached")


def test_an_unreachable_repository_is_told_after_an_hour_counted_from_its_first_silence() -> None:
    lost = ready("local", reach=Reach.UNREACHABLE, trouble_since=NOW - 3 * HOUR)
    one = found(FIVE, replace(calm(*map(fresh, NAMES)), repositories={"local": lost}))["repository local unreachable"]
    assert (one.lasting, one.since) == (LASTING, NOW - 3 * HOUR)


@pytest.mark.parametrize("code", ["repository-locked", "repository-full", "wrong-password"])
def test_a_repository_that_fails_all_its_assets_is_one_item_of_each_kind(code: str) -> None:
    failing = {"last": failed(NOW - 10 * MINUTE, code=code), "failures": 3}
    troubles = found(FIVE, calm(*(old(name, **failing) for name in NAMES)))
    assert kinds(troubles) == {
        (f"backup in local {code}", "failing"),
        (f"freshness in local {code}", "breached"),
        (f"redundancy in local {code}", "breached"),
    }
    assert {one.assets for key, one in troubles.items() if not key.startswith("runbook")} == {NAMES}


def test_three_failures_in_a_row_are_told_and_two_are_not() -> None:
    def failing(row: int) -> set[tuple[str, str]]:
        mine = fresh("a", last=failed(NOW - MINUTE), failures=row, failing_since=NOW - HOUR)
        return kinds(found(FIVE, calm(mine, *map(fresh, NAMES[1:]))))

    assert failing(2) == set()
    assert failing(3) == {("backup a/local failing", "failing")}
    assert failing(30) == {("backup a/local failing", "failing")}


def test_assets_that_fail_each_in_its_own_way_are_told_each() -> None:
    failing = {"last": failed(NOW - MINUTE, code="source-missing"), "failures": 3}
    troubles = found(FIVE, calm(*(fresh(name, **failing) for name in NAMES)))
    assert len([key for key in troubles if key.startswith("backup ")]) == 5


@pytest.mark.parametrize("verb", [Verb.FORGET, Verb.PRUNE, Verb.CHECK])
def test_a_repositorys_own_work_that_fails_for_long_is_told(verb: Verb) -> None:
    last = Attempt("x", verb, "local", None, NOW - DAY, ended=NOW - DAY, code="repository-locked", message="locked")
    local = ready("local", checked_at=NOW - HOUR, total=1000, free=900, last={verb: last}, failures={verb: 3})
    troubles = found(FIVE, calm(local, *map(fresh, NAMES)))
    assert (f"{verb} local failing", "failing") in kinds(troubles)
    assert troubles[f"{verb} local failing"].assets == NAMES


@pytest.mark.parametrize(("free", "code"), [(199, "low"), (99, "critical")])
def test_storage_below_the_policys_numbers_is_told(free: int, code: str) -> None:
    local = ready("local", checked_at=NOW - HOUR, total=1000, free=free)
    assert (f"capacity local {code}", "storage") in kinds(found(FIVE, calm(local, *map(fresh, NAMES))))


def test_enough_storage_is_no_trouble() -> None:
    local = ready("local", checked_at=NOW - HOUR, total=1000, free=200)
    assert kinds(found(FIVE, calm(local, *map(fresh, NAMES)))) == set()


def test_the_policys_own_numbers_count() -> None:
    small = policy(
        asset("a", placement("local")),
        repositories={"local": repository("local", capacity=Capacity(warn_below=0.5, critical_below=0.3))},
    )
    local = ready("local", checked_at=NOW - HOUR, total=1000, free=299)
    assert ("capacity local critical", "storage") in kinds(found(small, calm(local, fresh("a"))))


@pytest.mark.parametrize(
    ("code", "lasting"),
    [
        ("policy-invalid", timedelta(0)),
        ("policy-rewound", timedelta(0)),
        ("policy-unsigned", timedelta(0)),
        ("policy-empty", timedelta(0)),
        ("policy-unreadable", SOURCE_LASTING),
    ],
)
def test_a_policy_that_changes_nothing_is_told_within_the_hour(code: str, lasting: timedelta) -> None:
    head = PolicyFacts(head="r2", applied="r1", code=code, problem="it is broken", since=NOW - MINUTE)
    troubles = found(FIVE, calm(*map(fresh, NAMES), policy=head))
    assert kinds(troubles) == {(f"applied iact {code}", "policy")}
    assert troubles[f"applied iact {code}"].lasting == lasting < HOUR


def test_a_change_that_waits_names_its_command_and_its_asset() -> None:
    block = PendingFacts("asset/a", "c" * 64, ("line",), "it lowers the retention", NOW - 2 * HOUR)
    head = PolicyFacts(head="r1", applied="r1", pending=(block,))
    [one] = [t for t in found(FIVE, calm(*map(fresh, NAMES), policy=head)).values() if t.event == "approval"]
    assert (one.subject, one.assets, one.lasting, one.since) == ("policy asset/a", ("a",), LASTING, NOW - 2 * HOUR)
    assert one.lift == 'reconciler approve cccccccccccc --reason "…"'


def test_a_block_that_only_waits_for_others_is_nothing_to_mend() -> None:
    alone = PendingFacts("repository/nas", "", (), "the policy would be invalid with it: nas is not there", NOW)
    head = PolicyFacts(head="r1", applied="r1", pending=(alone,))
    [one] = [t for t in found(FIVE, calm(*map(fresh, NAMES), policy=head)).values() if t.event == "approval"]
    assert one.lift == "approve the blocks that it needs, it comes along with them"


def test_the_clock_stops_all_deletions_and_is_told_once() -> None:
    keep = RetentionSpec(last=1)
    many = policy(*(asset(name, placement("local", retention=keep)) for name in NAMES))
    backups = {
        name: [backup(f"{name}{n}", NOW - 10 * MINUTE - n * DAY, asset=name) for n in range(9)] for name in NAMES
    }
    observed = calm(*(facts("local", *backups[name], asset=name) for name in NAMES))
    leapt = replace(observed, clock=replace(observed.clock, jumped=HOUR))
    blocked = [one for one in found(many, leapt).values() if one.event == "blocked"]
    assert [(one.key, one.assets) for one in blocked] == [("deletions clock", NAMES)]


@given(worlds.worlds())
def test_every_trouble_has_a_key_of_its_own_and_one_word(observed: Observed) -> None:
    plan = make_plan(compiled(worlds.POLICY), observed, worlds.POLICY, LIMITS, "r1", NOW)
    troubles = troubles_of(plan, worlds.POLICY, observed)
    assert len({one.key for one in troubles}) == len(troubles)
    for one in troubles:
        assert " " not in one.code
        assert one.event in {"breached", "blocked", "approval", "unknown", "failing", "storage", "policy"}
