"""Retention as a promise: marked, forgotten after the grace, held, and waiting for copies."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from reconciler.obligations.actions import Action, Forget, Mark
from reconciler.obligations.assess import assess
from reconciler.obligations.assessment import Assessment, State
from reconciler.obligations.codes import Code
from reconciler.observed.backup import Verdict
from reconciler.observed.facts import MarkFacts, Observed, PlacementFacts, Reach
from reconciler.policy.models.document import Selector
from reconciler.policy.models.exceptions import HoldSpec
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.units.durations import CalendarDuration
from tests.unit.obligations.policies import (
    DAY,
    HOUR,
    NOW,
    asset,
    backup,
    copied,
    facts,
    one_of,
    placement,
    policy,
    ready,
    repository,
    world,
)

TWO = RetentionSpec(last=2)
WIKI = policy(asset("wiki", placement("local", retention=TWO)))
OLD = [backup(f"b{number}", NOW - number * DAY) for number in range(1, 7)]


def stand(observed: Observed, resolved: ResolvedPolicy = WIKI, repository: str = "local") -> Assessment:
    return assess(one_of(resolved, "retention", repository), observed, NOW)


def marked(*ids: str, at: timedelta) -> dict[str, MarkFacts]:
    return {id: MarkFacts(id, NOW - at, "expired") for id in ids}


def ids(action: Action) -> list[str]:
    assert isinstance(action, Mark | Forget)
    return [one.id for one in action.backups]


def test_what_the_rules_drop_is_marked_first() -> None:
    found = stand(world(facts("local", *OLD[:4])))
    [mark] = found.actions
    assert isinstance(mark, Mark)
    assert (ids(mark), found.state) == (["b3", "b4"], State.DUE)
    assert all(one.charged for one in mark.backups)


def test_a_marked_backup_is_forgotten_when_its_grace_is_over() -> None:
    there = facts("local", *OLD[:4], marks=marked("b3", "b4", at=23 * HOUR))
    waits = stand(world(there))
    assert (waits.actions, waits.state, waits.until) == ((), State.MET, NOW + HOUR)
    found = assess(one_of(WIKI, "retention"), world(there), NOW + HOUR)
    assert [ids(action) for action in found.actions] == [["b3", "b4"]]


def test_no_backup_is_forgotten_before_the_floor_lets_it_go() -> None:
    young = [backup(f"y{number}", NOW - number * HOUR) for number in range(1, 5)]
    there = facts("local", *young, marks=marked("y3", "y4", at=2 * DAY))
    waits = stand(world(there))
    assert (waits.actions, waits.until) == ((), young[3].time + 3 * DAY)


def test_a_mark_lapses_when_its_backup_is_kept_again() -> None:
    there = facts("local", *OLD[:2], marks=marked("b2", at=2 * DAY))
    [mark] = stand(world(there)).actions
    assert isinstance(mark, Mark)
    assert (mark.lapsed, mark.backups) == (("b2",), ())


def test_an_expired_backup_that_stays_a_day_longer_is_a_breach() -> None:
    there = facts("local", *OLD[:2], OLD[3], marks=marked("b4", at=2 * DAY))
    found = stand(world(there))
    assert (found.state, found.reason.code, found.since) == (State.BREACHED, Code.OVERDUE, NOW)
    assert [ids(action) for action in found.actions] == [["b4"]]


def test_uncounted_backups_and_those_that_time_lets_go_cost_no_credit() -> None:
    timed = policy(asset("wiki", placement("local", retention=RetentionSpec(within=CalendarDuration(days=3)))))
    weak = backup("weak", NOW - 20 * DAY, verdict=Verdict.DEGRADED)
    [mark] = stand(world(facts("local", *OLD, weak)), timed).actions
    assert isinstance(mark, Mark)
    assert {one.id: one.charged for one in mark.backups} == {"b4": False, "b5": False, "b6": False, "weak": False}


def test_a_hold_keeps_what_it_names_and_ends_with_its_last_day() -> None:
    hold = HoldSpec(select=Selector(assets=("wiki",)), backups=("b3aaaaaa",), reason="x", expires=date(2026, 11, 24))
    held = policy(asset("wiki", placement("local", retention=TWO)), holds={"audit": hold})
    there = [*OLD[:2], backup("b3aaaaaabbbb", NOW - 3 * DAY), OLD[3]]
    found = stand(world(facts("local", *there)), held)
    assert [ids(action) for action in found.actions] == [["b4"]]
    # Midnight in Madrid.
    assert found.until == NOW + 11 * HOUR
    over = assess(one_of(held, "retention"), world(facts("local", *there)), NOW + 11 * HOUR)
    assert [ids(action) for action in over.actions] == [["b3aaaaaabbbb", "b4"]]


@pytest.mark.parametrize(("keeper", "code"), [("none", Code.NOBODY_FORGETS), ("db1", Code.KEEPER_ELSEWHERE)])
def test_only_the_keeper_forgets(keeper: str, code: Code) -> None:
    kept = policy(
        asset("wiki", placement("local", retention=TWO)), repositories={"local": repository("local", keeper=keeper)}
    )
    found = stand(world(facts("local", *OLD)), kept)
    assert (found.actions, found.reason.code) == ((), code)


def test_a_repository_that_cannot_be_seen_loses_nothing() -> None:
    away = ready("local", reach=Reach.UNREACHABLE, trouble_since=NOW - HOUR)
    found = stand(world(away, facts("local", *OLD, marks=marked("b6", at=9 * DAY))))
    assert (found.state, found.actions) == (State.UNKNOWN, ())


COPIED = policy(
    asset(
        "wiki",
        placement("local", retention=TWO),
        placement("nas", "local", retention=RetentionSpec(daily=7), copy_lag=4 * DAY),
    )
)


def with_copies(*held: str, at: timedelta) -> Observed:
    target: PlacementFacts = facts("nas", *(copied(one, "nas") for one in OLD if one.id in held))
    return world(facts("local", *OLD[:4], marks=marked("b3", "b4", at=at)), target)


def test_the_origin_waits_for_what_its_copy_still_wants_and_for_that_alone() -> None:
    found = stand(with_copies("b1", "b2", "b4", at=2 * DAY), COPIED)
    assert [ids(action) for action in found.actions] == [["b4"]]
    nothing_else = stand(with_copies("b1", "b2", at=DAY + HOUR), COPIED)
    assert (nothing_else.state, nothing_else.reason.code) == (State.DUE, Code.WAITING_FOR_COPY)
    assert nothing_else.reason.get("count") == 2
    assert nothing_else.actions == ()


def test_after_the_lag_the_origin_goes_on_and_says_so() -> None:
    found = stand(with_copies("b1", "b2", at=4 * DAY), COPIED)
    assert [ids(action) for action in found.actions] == [["b3", "b4"]]
    assert (found.state, found.reason.code) == (State.BREACHED, Code.COPY_LAG_EXCEEDED)
