"""Freshness: what is due when, what is caught up, what waits, and what is never tried."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from reconciler.kinds.files import FilesSource
from reconciler.kinds.later import MysqlSource
from reconciler.kinds.source import Source
from reconciler.obligations.actions import BackUp
from reconciler.obligations.assess import assess
from reconciler.obligations.assessment import Assessment, State
from reconciler.obligations.codes import Code
from reconciler.obligations.freshness import Freshness
from reconciler.observed.backup import Backup, Verdict
from reconciler.observed.facts import Observed, PlacementFacts, Reach
from tests.unit.obligations.policies import (
    DAY,
    HOUR,
    NOW,
    asset,
    backup,
    facts,
    failed,
    one_of,
    placement,
    policy,
    ready,
    world,
)

MINUTE = timedelta(minutes=1)
WIKI = policy(asset("wiki", placement("local")))
FRESHNESS = one_of(WIKI, "freshness")
assert isinstance(FRESHNESS, Freshness)
SLOT = FRESHNESS.slots.latest(NOW)
NEXT = FRESHNESS.slots.next(NOW)
BEFORE = FRESHNESS.slots.latest(SLOT - MINUTE)


def stand(observed: Observed, now: datetime = NOW) -> Assessment:
    return assess(FRESHNESS, observed, now)


def only(assessment: Assessment) -> BackUp:
    [action] = assessment.actions
    assert isinstance(action, BackUp)
    return action


def test_age_is_counted_from_the_start_of_the_capture_and_breaks_at_the_rpo() -> None:
    observed = world(facts("local", backup("a", SLOT)))
    assert stand(observed, SLOT + HOUR - MINUTE).state is not State.BREACHED
    broken = stand(observed, SLOT + HOUR)
    assert (broken.state, broken.reason.code, broken.since) == (State.BREACHED, Code.TOO_OLD, SLOT + HOUR)


def test_after_a_present_backup_the_next_comes_at_its_next_slot() -> None:
    observed = world(facts("local", backup("a", SLOT + MINUTE)))
    waits = stand(observed)
    assert (waits.state, waits.actions, waits.until) == (State.MET, (), NEXT)
    due = stand(observed, NEXT)
    assert due.state is State.DUE
    assert (only(due).slot, only(due).due_at, only(due).parent) == (NEXT, NEXT, "a")


def test_missed_slots_are_caught_up_by_one_backup() -> None:
    found = only(stand(world(facts("local", backup("a", NOW - 5 * DAY)))))
    assert (found.slot, found.why.code) == (SLOT, Code.CATCH_UP)
    assert found.due_at < NOW - 4 * DAY


@pytest.mark.parametrize("failures", [1, 3, 9])
def test_a_failed_attempt_is_repeated_after_the_backoff_without_waiting_for_a_slot(failures: int) -> None:
    pause = min(MINUTE * 2 ** (failures - 1), HOUR)
    at = NOW - MINUTE / 2
    observed = world(facts("local", backup("a", BEFORE), last=failed(at), failures=failures))
    waits = stand(observed)
    assert waits.actions == ()
    assert waits.until <= at + pause
    found = only(stand(observed, at + pause))
    assert found.why.code == Code.RETRY


def test_what_only_a_person_can_mend_is_tried_once_a_day_or_after_a_change() -> None:
    at = NOW - 5 * HOUR
    broken = facts("local", backup("a", BEFORE), last=failed(at, retry=False, code="wrong-password"), failures=1)
    waits = stand(world(broken))
    assert waits.actions == ()
    assert waits.reason.get("daily") is True or waits.reason.get("error") == "wrong-password"
    assert only(stand(world(broken), at + DAY))
    assert only(stand(world(replace(broken, changed_at=at + HOUR))))


def test_after_an_invalidation_a_backup_comes_at_once() -> None:
    good, bad = backup("a", SLOT + MINUTE), backup("b", SLOT + 2 * MINUTE, invalidated=True)
    assert stand(world(facts("local", good))).actions == ()
    assert only(stand(world(facts("local", good, bad)))).why.code == Code.INVALIDATED


def test_while_an_attempt_is_under_way_none_is_planned() -> None:
    running = stand(world(facts("local", backup("a", BEFORE), running=True)), SLOT)
    assert (running.actions, running.reason.code) == ((), Code.RUNNING)


@pytest.mark.parametrize(
    "odd",
    [
        backup("b", SLOT + MINUTE, verdict=Verdict.UNKNOWN),
        backup("b", NOW + DAY),
        backup("b", SLOT + MINUTE, invalidated=True),
    ],
    ids=["unjudged", "future", "invalidated"],
)
def test_what_is_not_present_does_not_fill_a_slot(odd: Backup) -> None:
    assert only(stand(world(facts("local", backup("a", BEFORE), odd)))).parent == "a"


def test_a_degraded_backup_fills_its_slot_and_keeps_no_promise() -> None:
    observed = world(facts("local", backup("a", NOW - 3 * HOUR), backup("b", SLOT, verdict=Verdict.DEGRADED)))
    found = stand(observed)
    assert (found.state, found.actions) == (State.BREACHED, ())


def test_a_first_backup_is_due_at_once_and_breached_only_after_its_time() -> None:
    wanted = NOW - DAY
    first = stand(world(facts("local", wanted_since=wanted)))
    assert (first.state, first.reason.code, first.until) == (State.DUE, Code.INITIAL, NEXT)
    assert (only(first).initial, only(first).due_at) == (True, wanted)
    late = stand(world(facts("local", wanted_since=wanted)), wanted + 7 * DAY)
    assert (late.state, late.since) == (State.BREACHED, wanted + 7 * DAY)


def test_a_source_that_comes_later_is_unattainable_and_never_tried() -> None:
    later = one_of(policy(asset("wiki", placement("local"), source=Source(mysql=MysqlSource()))), "freshness")
    found = assess(later, world(facts("local")), NOW)
    assert (found.state, found.reason.get("source"), found.actions) == (State.UNATTAINABLE, "mysql", ())


def test_a_usual_duration_of_half_the_rpo_is_unattainable_and_the_backups_go_on() -> None:
    slow = facts("local", backup("a", BEFORE), usual_duration=HOUR / 2)
    found = stand(world(slow))
    assert (found.state, found.reason.code) == (State.UNATTAINABLE, Code.TOO_SLOW)
    assert only(found)


def test_slowness_does_not_excuse_backups_that_stopped() -> None:
    slow = facts("local", backup("a", NOW - 3 * HOUR), usual_duration=HOUR / 2)
    assert stand(world(slow)).state is State.BREACHED


@pytest.mark.parametrize("reach", [reach for reach in Reach if reach is not Reach.READY])
def test_a_backup_may_be_tried_at_an_unreachable_repository_and_never_at_a_changed_one(reach: Reach) -> None:
    away = ready("local", reach=reach, trouble_since=NOW - HOUR)
    found = stand(world(away, facts("local", backup("a", BEFORE))))
    assert bool(found.actions) == (reach is Reach.UNREACHABLE)
    if reach is not Reach.NEVER_SEEN:
        assert (found.state, found.since) == (State.UNKNOWN, NOW - HOUR)


def test_promises_of_other_hosts_are_assessed_without_work() -> None:
    other = one_of(policy(asset("wiki", placement("local"), host="db1")), "freshness")
    found = assess(other, world(facts("local", backup("a", NOW - DAY))), NOW)
    assert (found.state, found.actions) == (State.BREACHED, ())


def test_everything_is_read_anew_when_the_policy_asks_for_it() -> None:
    files = Source(files=FilesSource(include=("/srv/wiki",), full_every=7 * DAY))
    weekly = one_of(policy(asset("wiki", placement("local"), source=files)), "freshness")

    def read_all(known: PlacementFacts) -> bool:
        return only(assess(weekly, world(known), NOW)).read_all

    there = facts("local", backup("a", BEFORE))
    assert not read_all(replace(there, last_read_all=NOW - 6 * DAY))
    assert read_all(replace(there, last_read_all=NOW - 7 * DAY))
    # The first backup reads everything anyhow.
    assert not read_all(facts("local"))
