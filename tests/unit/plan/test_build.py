"""The plan: joined, ordered, suspended, and the same until its ``until``."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.obligations.actions import Action, BackUp, Check, Copy, Forget, Mark, Prune, key
from reconciler.obligations.orphaned import assess_orphans
from reconciler.obligations.steady import assess_again
from reconciler.observed.attempts import Verb
from reconciler.observed.facts import MarkFacts, Observed, PendingFacts, PolicyFacts, RepositoryFacts, SuspensionFacts
from reconciler.plan.build import make_plan, plan_of
from reconciler.plan.context import Context
from reconciler.plan.plan import Plan
from reconciler.policy.models.document import Selector
from reconciler.policy.models.exceptions import BackupRequestSpec, SuspensionSpec
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.units.instants import NEVER
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
from tests.unit.obligations.worlds import POLICY, worlds

MANY = settings().max_examples
OBLIGATIONS = compiled(POLICY)
MOMENT = timedelta(microseconds=1)
TWO = RetentionSpec(last=2)
WIKI = policy(asset("wiki", placement("local", retention=TWO), placement("nas", "local", retention=TWO)))


def plan(observed: Observed, resolved: ResolvedPolicy = WIKI) -> Plan:
    return make_plan(compiled(resolved), observed, resolved, LIMITS, "r1", NOW)


def verbs(found: Plan) -> list[Verb]:
    return [planned.action.verb for planned in found.actions]


@settings(max_examples=3 * MANY)
@given(observed=worlds(), share=st.floats(0.001, 0.999))
def test_no_plan_changes_before_its_until(observed: Observed, share: float) -> None:
    before = make_plan(OBLIGATIONS, observed, POLICY, LIMITS, "r1", NOW)
    inside = NOW + (min(before.until, NOW + 40 * DAY) - NOW) * share
    last = before.until - MOMENT if before.until != NEVER else inside
    for instant in (inside, last):
        if NOW < instant < before.until:
            after = make_plan(OBLIGATIONS, observed, POLICY, LIMITS, "r1", instant)
            assert replace(after, at=NOW, until=before.until, assessments=()) == replace(before, assessments=())


@settings(max_examples=2 * MANY)
@given(observed=worlds(), other=worlds(), share=st.floats(0, 1))
def test_a_steady_pass_gives_what_a_fresh_one_gives(observed: Observed, other: Observed, share: float) -> None:
    known = assess_again(OBLIGATIONS, observed, NOW, {})
    # Only a part of the world changes, and some time passes.
    changed = replace(other, placements=dict(observed.placements) | dict(list(other.placements.items())[:2]))
    later = NOW + 3 * HOUR * share
    for world_now in (observed, changed):
        again = assess_again(OBLIGATIONS, world_now, later, known)
        assessments = [found.assessment for found in again.values()]
        assessments += assess_orphans(world_now, POLICY, LIMITS, later)
        steady = plan_of(assessments, Context(world_now, POLICY, LIMITS, later), "r1")
        fresh = make_plan(OBLIGATIONS, world_now, POLICY, LIMITS, "r1", later)
        assert without_until(steady) == without_until(fresh)


def without_until(found: Plan) -> Plan:
    """The plan's content: when it is looked at again may differ."""
    assessments = tuple(replace(one, until=NOW) for one in found.assessments)
    return replace(found, until=NOW, assessments=assessments)


def test_a_steady_pass_does_not_assess_again_what_still_holds() -> None:
    observed = world(facts("local", backup("a", NOW)), facts("nas"))
    known = assess_again(compiled(WIKI), observed, NOW, {})
    again = assess_again(compiled(WIKI), observed, NOW + timedelta(seconds=1), known)
    assert all(again[promise] is found for promise, found in known.items() if found.assessment.until > NOW + HOUR)


@settings(max_examples=2 * MANY)
@given(observed=worlds())
def test_each_key_is_planned_once_save_for_what_a_guard_parts(observed: Observed) -> None:
    found = make_plan(OBLIGATIONS, observed, POLICY, LIMITS, "r1", NOW)
    runnable = [key(action) for action in found.runnable]
    assert len(set(runnable)) == len(runnable)
    named = [(part.asset, part.repository, one.id) for part in parts(found) for one in part.backups]
    assert len(set(named)) == len(named)


def parts(found: Plan) -> list[Mark]:
    return [planned.action for planned in found.actions if isinstance(planned.action, Mark)]


def test_what_is_planned_comes_in_the_order_in_which_it_may_start() -> None:
    there = [backup(f"b{number}", NOW - number * DAY) for number in range(5)]
    marks = {"b4": MarkFacts("b4", NOW - 2 * DAY, "x"), "b3": MarkFacts("b3", NOW, "x")}
    observed = world(
        ready("local", forgotten=1, checked_at=NOW - 9 * DAY),
        RepositoryFacts("new"),
        facts("local", *there, marks=marks),
        facts("cold"),
        facts("nas"),
    )
    wider = policy(*WIKI.assets.values(), asset("etc", placement("new")), asset("db", placement("cold")))
    order = [Verb.INITIALISE, Verb.BACKUP, Verb.COPY, Verb.MARK, Verb.FORGET, Verb.PRUNE, Verb.CHECK, Verb.RENDER]
    found = verbs(plan(observed, wider))
    assert list(dict.fromkeys(found)) == order
    assert found == sorted(found, key=order.index)


def test_backups_that_keep_a_promise_come_before_first_ones_and_those_by_tier_and_size() -> None:
    fleet = policy(
        asset("big", placement("local")),
        asset("slow", placement("local", rpo=DAY)),
        asset("small", placement("local")),
        asset("old", placement("local")),
    )
    observed = world(
        facts("local", asset="big", usual_size=9000),
        facts("local", asset="slow", usual_size=1),
        facts("local", asset="small", usual_size=10),
        facts("local", backup("a", NOW - 2 * HOUR, asset="old"), asset="old"),
    )
    first = [planned.action for planned in plan(observed, fleet).actions if isinstance(planned.action, BackUp)]
    assert [action.asset for action in first] == ["old", "small", "big", "slow"]


def test_a_request_and_a_slot_are_one_backup_that_carries_the_name() -> None:
    asked = policy(
        asset("wiki", placement("local")),
        requests={name: BackupRequestSpec(asset="wiki", reason="x") for name in ("first", "second")},
    )
    found = plan(world(facts("local", backup("a", NOW - 2 * HOUR))), asked)
    [action] = [action for action in found.runnable if isinstance(action, BackUp)]
    assert action.request == "first"


def moved(found: Plan) -> list[Verb]:
    return [action.verb for action in found.runnable if isinstance(action, BackUp | Copy)]


def test_a_copy_follows_the_backup_that_its_origin_makes_in_this_round() -> None:
    """After a copy that failed both are due at once: the older backup would serve the slot of the copy."""
    behind = facts("local", backup("o", NOW - 2 * HOUR))
    observed = world(behind, facts("nas"), ready("nas"))
    assert moved(plan(observed)) == [Verb.BACKUP]
    stopped = SuspensionSpec(actions=("backup",), reason="x", expires=NOW + HOUR)
    held = WIKI.model_copy(update={"suspensions": {"move": stopped}})
    assert moved(plan(observed, held)) == [Verb.COPY], "what is not made is not waited for"


def test_a_copy_of_what_is_not_made_yet_is_not_planned() -> None:
    found = plan(world(facts("local"), facts("nas")))
    assert not any(isinstance(action, Copy) for action in found.runnable)


def test_what_waits_for_approval_is_in_the_plan() -> None:
    lines = ("asset/wiki.rpo 1h 2h", 'asset/wiki.source.files.exclude absent ["*.log", "a b"]', "local abcd")
    pending = PolicyFacts(pending=(PendingFacts("asset/wiki", "c" * 64, lines, "lower"),))
    found = plan(replace(world(facts("local")), policy=pending))
    assert [(one.path, one.before, one.after) for one in found.lowerings] == [
        ("asset/wiki.rpo", "1h", "2h"),
        ("asset/wiki.source.files.exclude", "absent", '["*.log", "a b"]'),
    ]
    assert found.lowerings[0].lift == 'reconciler approve cccccccccccc --reason "…"'


OLD = facts("local", *(backup(f"b{number}", NOW - number * DAY) for number in range(1, 5)))


@pytest.mark.parametrize(
    ("selector", "stops"),
    [
        (Selector(), True),
        (Selector(assets=("wiki",)), True),
        (Selector(assets=("etc",)), False),
        (Selector(repositories=("local",)), True),
        (Selector(repositories=("nas",)), False),
    ],
)
def test_a_suspension_stops_actions_and_no_assessment(selector: Selector, stops: bool) -> None:
    spec = SuspensionSpec(select=selector, actions=("backup",), reason="x", expires=NOW + HOUR)
    held = WIKI.model_copy(update={"suspensions": {"move": spec}})
    found, free = plan(world(OLD), held), plan(world(OLD))
    [stopped] = [one for one in found.actions if isinstance(one.action, BackUp)]
    assert stopped.suspended == ("move" if stops else "")
    assert found.assessments == free.assessments
    assert found.until <= NOW + HOUR


def test_a_suspended_forget_stops_marks_too_but_not_their_end() -> None:
    there = facts("local", *OLD.backups[:3], marks={"b1": MarkFacts("b1", NOW, "x")})
    stop = SuspensionFacts("by hand", (Verb.FORGET,), NOW + HOUR, asset="wiki")
    found = plan(replace(world(there), suspensions=(stop,)))
    marks = {planned.suspended: planned.action for planned in found.actions if isinstance(planned.action, Mark)}
    ended, stopped = marks[""], marks["by hand"]
    assert isinstance(ended, Mark)
    assert isinstance(stopped, Mark)
    assert (ended.lapsed, ended.backups) == (("b1",), ())
    assert [one.id for one in stopped.backups] == ["b3"]


def test_a_suspension_of_one_asset_does_not_stop_its_repositorys_upkeep() -> None:
    spec = SuspensionSpec(select=Selector(assets=("wiki",)), actions=("prune", "check"), reason="x", expires=NOW + HOUR)
    held = WIKI.model_copy(update={"suspensions": {"move": spec}})
    found = plan(world(ready("local", forgotten=2), OLD), held)
    upkeep: list[type[Action]] = [Prune, Check]
    assert [type(action) for action in found.runnable if type(action) in upkeep] == upkeep


def test_a_suspension_that_is_over_stops_nothing() -> None:
    spec = SuspensionSpec(actions=("backup", "forget"), reason="x", expires=NOW)
    held = WIKI.model_copy(update={"suspensions": {"move": spec}})
    assert not any(planned.suspended for planned in plan(world(OLD), held).actions)


def test_nothing_is_forgotten_in_the_round_that_marks_it() -> None:
    assert not any(isinstance(action, Forget) for action in plan(world(OLD)).runnable)
