"""Copies: the newest at the target's own slots, older ones only for gaps, and no origin that keeps them waiting."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from reconciler.obligations.actions import BackUp, Chosen, Copy
from reconciler.obligations.assess import assess
from reconciler.obligations.assessment import Assessment, State
from reconciler.obligations.codes import Code
from reconciler.obligations.copying import wanted
from reconciler.obligations.freshness import Freshness
from reconciler.observed.attempts import Attempt, Outcome, Verb
from reconciler.observed.facts import Observed, Reach
from reconciler.observed.reason import Reason
from reconciler.policy.models.retention import RetentionSpec
from reconciler.retention.decide import Floor, Terms
from tests.unit.obligations.policies import (
    DAY,
    HOUR,
    MADRID,
    NOW,
    asset,
    backup,
    copied,
    facts,
    failed,
    one_of,
    placement,
    policy,
    ready,
    world,
)

MINUTE = timedelta(minutes=1)
DAILY = RetentionSpec(daily=7)
POLICY = policy(asset("wiki", placement("local"), placement("cold", "local", rpo=DAY, retention=DAILY)))
COLD = one_of(POLICY, "freshness", "cold")
assert isinstance(COLD, Freshness)
SLOT = COLD.slots.latest(NOW)
FOLLOWS = COLD.slots.next(NOW)
HOURLY = [backup(f"o{number}", SLOT - number * HOUR) for number in range(-2, 30)]
TERMS = Terms(DAILY, MADRID)


def stand(observed: Observed, now: datetime = NOW) -> Assessment:
    return assess(COLD, observed, now)


def only(assessment: Assessment) -> Copy:
    [action] = assessment.actions
    assert isinstance(action, Copy)
    return action


def copy_made(slot: datetime) -> Attempt:
    return Attempt("c", Verb.COPY, "cold", "wiki", slot, slot=slot, ended=slot, outcome=Outcome.SUCCEEDED)


def test_a_copy_takes_the_newest_counted_backup_of_its_origin() -> None:
    suspicious = backup("s", NOW - MINUTE, suspicious=True)
    observed = world(facts("local", HOURLY[0], HOURLY[5], suspicious), facts("cold", copied(HOURLY[5], "cold")))
    found = only(stand(observed))
    assert [one.id for one in found.backups] == [HOURLY[0].id]
    assert (found.origin, found.repository, found.slot) == ("local", "cold", SLOT)


def test_a_copy_says_from_where_for_which_slot_and_why_each_backup_goes_along() -> None:
    fresh, older = backup("o", NOW - HOUR), backup("p", NOW - DAY)
    held = copied(backup("q", SLOT - 2 * DAY), "cold")
    action = only(stand(world(facts("local", fresh, older), facts("cold", held))))
    assert action.why == Reason.of(Code.NEW_COPY, origin="local", slot=SLOT, older=1)
    assert (action.asset, action.due_at) == ("wiki", COLD.slots.next(held.time))
    assert action.backups == (
        Chosen("o", fresh.time, "newest counted"),
        Chosen("p", older.time, "the copy would keep it"),
    )


def test_in_one_slot_there_is_one_copy_although_its_origin_goes_on() -> None:
    held = copied(backup("o", SLOT - HOUR), "cold")
    origin = facts("local", backup("o", SLOT - HOUR), backup("p", SLOT + HOUR))
    assert only(stand(world(origin, facts("cold", held))))
    served = facts("cold", held, last=copy_made(SLOT))
    assert stand(world(origin, served)).actions == ()
    assert only(stand(world(origin, served), FOLLOWS)).slot == FOLLOWS


def test_what_is_there_is_not_copied_again_whatever_its_id() -> None:
    newest = HOURLY[0]
    observed = world(facts("local", newest), facts("cold", replace(copied(newest, "cold"), id="retagged")))
    assert stand(observed).actions == ()


def test_a_copy_found_bad_is_made_again() -> None:
    newest = HOURLY[0]
    bad = replace(copied(newest, "cold"), invalidated=True)
    observed = world(facts("local", newest), facts("cold", bad, last=copy_made(SLOT)))
    assert [one.id for one in only(stand(observed)).backups] == [newest.id]


def test_with_nothing_to_copy_a_copy_waits_for_its_origin() -> None:
    found = stand(world(facts("local"), facts("cold", wanted_since=NOW - DAY)))
    assert (found.state, found.reason.code, found.actions) == (State.DUE, Code.WAITING_FOR_ORIGIN, ())


def test_a_new_target_gets_the_history_that_its_retention_would_keep() -> None:
    found = only(stand(world(facts("local", *HOURLY), facts("cold"))))
    times = [one.time.astimezone(MADRID).date() for one in found.backups]
    assert found.backups[0].id == HOURLY[0].id
    assert len(set(times)) == len({one.time.astimezone(MADRID).date() for one in HOURLY})
    # The oldest of all is kept too while counts are unfilled: that is restic's rule.
    assert len(times) <= len(set(times)) + 1


def test_a_target_does_not_swap_its_backups_for_neighbours_of_the_same_day() -> None:
    held = [copied(one, "cold") for one in HOURLY[10:30:12]]
    found = wanted(HOURLY, held, TERMS, NOW)
    days = {one.time.astimezone(MADRID).date() for one in held} | {HOURLY[0].time.astimezone(MADRID).date()}
    assert {one.time.astimezone(MADRID).date() for one in found.backups}.isdisjoint(days)


def test_days_that_the_target_missed_are_filled() -> None:
    daily = [backup(f"d{number}", NOW - number * DAY) for number in range(6)]
    held = [copied(daily[1], "cold"), copied(daily[5], "cold")]
    assert [one.id for one in wanted(daily, held, TERMS, NOW).backups] == ["d2", "d3", "d4"]


def test_days_beyond_the_targets_retention_are_not_copied() -> None:
    daily = [backup(f"d{number:02}", NOW - number * DAY) for number in range(20)]
    assert len(wanted(daily, [], TERMS, NOW).backups) == 6


def test_a_failed_copy_waits_for_its_backoff() -> None:
    origin = facts("local", HOURLY[0])
    failing = facts("cold", last=failed(NOW - MINUTE, verb=Verb.COPY), failures=3)
    waits = stand(world(origin, failing))
    assert waits.actions == ()
    assert only(stand(world(origin, failing), NOW + 3 * MINUTE))


def test_an_origin_that_is_away_past_the_rpo_is_passed_by() -> None:
    away = ready("local", reach=Reach.UNREACHABLE, trouble_since=NOW - 2 * HOUR)
    young = world(away, facts("local"), facts("cold", copied(backup("o", NOW - 20 * HOUR), "cold")))
    assert stand(young).actions == ()
    assert stand(young).until == NOW + 4 * HOUR
    found = stand(young, NOW + 4 * HOUR)
    [action] = found.actions
    assert isinstance(action, BackUp)
    assert (action.repository, found.state, found.reason.code) == ("cold", State.BREACHED, Code.ORIGIN_UNREACHABLE)


def test_a_short_absence_of_the_origin_is_waited_out() -> None:
    away = ready("local", reach=Reach.UNREACHABLE, trouble_since=NOW - MINUTE)
    old = world(away, facts("local"), facts("cold", copied(backup("o", NOW - 30 * HOUR), "cold")))
    assert stand(old).actions == ()
    assert stand(old, NOW + HOUR).actions


def test_a_copy_that_waits_wakes_when_its_origins_future_dated_backup_comes_of_age() -> None:
    ahead = backup("ahead", NOW + 20 * MINUTE)
    observed = world(facts("local", HOURLY[0], ahead), facts("cold", running=True))
    assert stand(observed).until <= NOW + 15 * MINUTE


@pytest.mark.parametrize(
    ("rule", "held", "neighbour", "other"),
    [
        ("hourly", "2026-11-20T10:05", "2026-11-20T10:55", "2026-11-20T11:00"),
        ("daily", "2026-11-20T00:10", "2026-11-20T23:50", "2026-11-21T00:00"),
        ("weekly", "2026-11-09T00:10", "2026-11-15T23:50", "2026-11-16T00:00"),
        ("monthly", "2026-09-01T00:10", "2026-09-30T23:50", "2026-10-01T00:00"),
        ("monthly", "2025-10-01T00:10", "2025-10-31T23:50", "2026-10-01T00:00"),
        ("yearly", "2024-01-01T00:10", "2024-12-31T23:50", "2025-01-01T00:00"),
    ],
)
def test_an_older_backup_is_copied_only_where_the_target_has_none_of_its_hour_day_week_month_or_year(
    rule: str, held: str, neighbour: str, other: str
) -> None:
    terms = Terms(RetentionSpec.model_validate({rule: -1}), MADRID, Floor(0))
    at_local = [
        backup(f"o{n}", datetime.fromisoformat(text).replace(tzinfo=MADRID))
        for n, text in enumerate((held, neighbour, other))
    ]
    newest = backup("o9", NOW)
    target = [copied(newest, "cold"), copied(at_local[0], "cold")]
    found = wanted([newest, *reversed(at_local[1:])], target, terms, NOW)
    assert [one.id for one in found.backups] == [at_local[2].id]


def test_each_backup_is_wanted_where_the_last_ones_are_kept() -> None:
    terms = Terms(RetentionSpec(last=3), MADRID, Floor(0))
    source = [backup(f"o{n}", NOW - n * MINUTE) for n in range(5)]
    found = wanted(source, [copied(source[0], "cold")], terms, NOW)
    assert [one.id for one in found.backups] == ["o1", "o2"]


def test_a_backup_of_which_the_copy_is_bad_is_wanted_again() -> None:
    terms = Terms(RetentionSpec(last=3), MADRID, Floor(0))
    source = [backup(f"o{n}", NOW - n * MINUTE) for n in range(3)]
    bad = replace(copied(source[1], "cold"), invalidated=True)
    found = wanted(source, [copied(source[0], "cold"), bad, copied(source[2], "cold")], terms, NOW)
    assert [one.id for one in found.backups] == ["o1"]
