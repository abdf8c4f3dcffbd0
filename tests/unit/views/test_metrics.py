"""The metrics of a pass: every promise, age, space and waiting thing that an outsider alerts on."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from prometheus_client.core import Metric

from reconciler.observed.attempts import Verb
from reconciler.observed.facts import Observed, RepositoryFacts
from reconciler.plan.build import make_plan
from reconciler.views.metrics import Scene, metrics_of
from tests.unit.obligations.policies import (
    DAY,
    HOUR,
    LIMITS,
    NOW,
    asset,
    backup,
    compiled,
    facts,
    placement,
    policy,
    ready,
    world,
)

WIKI = policy(asset("wiki", placement("local"), placement("nas", "local", rpo=DAY)))
Samples = dict[tuple[str, ...], float]


def scene(observed: Observed) -> Scene:
    plan = make_plan(compiled(WIKI), observed, WIKI, LIMITS, "r1", NOW)
    actions = Counter({("backup", "succeeded"): 3, ("forget", "failed"): 1})
    return Scene(plan, WIKI, observed, NOW - timedelta(seconds=40), 1.5, actions, undelivered=2)


def samples(found: Scene, name: str) -> Samples:
    """The values of that family by their labels."""
    families: dict[str, Metric] = {family.name: family for family in metrics_of(found, NOW)}
    return {tuple(sample.labels.values()): sample.value for sample in families[name].samples}


def test_before_the_first_pass_only_the_loop_itself_is_told() -> None:
    found = list(metrics_of(Scene(), NOW))
    assert [family.name for family in found] == [
        "reconciler_last_pass_timestamp_seconds",
        "reconciler_pass_duration_seconds",
        "reconciler_actions",
        "reconciler_alert_undelivered",
    ]
    assert found[0].samples[0].value == 0


def test_the_loop_says_when_it_passed_what_it_did_and_what_does_not_arrive() -> None:
    found = scene(world(ready("local"), ready("nas")))
    assert samples(found, "reconciler_last_pass_timestamp_seconds") == {(): NOW.timestamp() - 40}
    assert samples(found, "reconciler_pass_duration_seconds") == {(): 1.5}
    assert samples(found, "reconciler_actions") == {("backup", "succeeded"): 3, ("forget", "failed"): 1}
    assert samples(found, "reconciler_alert_undelivered") == {(): 2}


def test_each_promise_is_in_exactly_one_state() -> None:
    found = scene(world(ready("local"), ready("nas"), facts("local", backup("b1", NOW - 3 * HOUR))))
    states = samples(found, "reconciler_promise_state")
    assert found.plan is not None
    for assessment in found.plan.assessments:
        promise = assessment.promise
        about = (promise.kind, promise.asset, promise.repository, promise.name)
        assert [labels[4] for labels, value in states.items() if labels[:4] == about and value] == [assessment.state]
    assert states["freshness", "wiki", "local", "", "breached"] == 1


def test_ages_count_from_the_newest_counted_backup_and_are_missing_without_one() -> None:
    placed = replace(facts("local", backup("b1", NOW - 3 * HOUR), backup("b2", NOW - 9 * HOUR)), failures=4)
    found = scene(world(ready("local"), ready("nas"), placed))
    assert samples(found, "reconciler_backup_age_seconds") == {("wiki", "local"): 3 * 3600}
    assert samples(found, "reconciler_backup_rpo_seconds") == {("wiki", "local"): 3600, ("wiki", "nas"): 86400}
    assert samples(found, "reconciler_backups") == {("wiki", "local"): 2, ("wiki", "nas"): 0}
    assert samples(found, "reconciler_backup_failures") == {("wiki", "local"): 4, ("wiki", "nas"): 0}


def test_a_repository_tells_its_space_where_it_is_known_and_whether_it_answers() -> None:
    local = replace(ready("local"), free=10, total=30)
    found = scene(world(local, RepositoryFacts("nas")))
    assert samples(found, "reconciler_repository_free_bytes") == {("local",): 10}
    assert samples(found, "reconciler_repository_total_bytes") == {("local",): 30}
    assert samples(found, "reconciler_repository_ready") == {("local",): 1, ("nas",): 0}


def test_what_a_guard_stops_waits_for_one_approval() -> None:
    old = [backup(f"b{n}", NOW - n * DAY) for n in range(1, 60)]
    found = scene(world(ready("local"), ready("nas"), facts("local", *old, credit=0)))
    assert found.plan is not None
    assert {one.action.verb for one in found.plan.blocked} == {Verb.MARK}
    assert samples(found, "reconciler_blocked_actions") == {(): 1}
    assert samples(found, "reconciler_pending_approvals") == {(): 1}
    assert samples(found, "reconciler_policy_applied") == {("iact", "r1"): 1}
