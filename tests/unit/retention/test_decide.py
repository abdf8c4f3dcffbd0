"""What counts and what does not, floor, requests, holds, and until when a decision stands."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from reconciler.observed.backup import SKEW, Backup, Verdict
from reconciler.retention.decide import Floor, decide
from reconciler.units.instants import NEVER
from tests.unit.retention.histories import NOW, backup, dropped_ids, every, kept_ids, terms, words

DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
WEEK_2 = 14 * DAY


def test_a_flood_of_empty_backups_evicts_nothing() -> None:
    real = every(DAY, 5, newest=NOW - DAY)
    empty = [backup(f"empty{n}", NOW - n * timedelta(minutes=1), size=0, suspicious=True) for n in range(20)]
    decision = decide(real + empty, terms(last=3), NOW)
    assert [id for id in kept_ids(decision) if id.startswith("b")] == ["b0", "b1", "b2"]
    assert dropped_ids(decision) == ["b3", "b4"]
    assert words(decision, "empty0") == (
        "uncounted (suspicious): kept until it is 14 days old and a counted one follows"
    )


def test_future_dated_backups_evict_nothing_and_stay() -> None:
    real = every(DAY, 30)
    future = [backup(f"f{n}", datetime(2099, 1, 1 + n, tzinfo=NOW.tzinfo)) for n in range(7)]
    decision = decide(real + future, terms(last=7, daily=7), NOW)
    assert [id for id in kept_ids(decision) if id.startswith("b")] == kept_ids(
        decide(real, terms(last=7, daily=7), NOW)
    )
    assert words(decision, "f3") == "future-dated"
    assert decision.until == min(one.time for one in future) - SKEW


def test_a_clock_a_few_minutes_ahead_is_no_future() -> None:
    decision = decide([backup("ahead", NOW + SKEW)], terms(last=1, floor=Floor(1)), NOW)
    assert words(decision, "ahead") == "last #1, floor: newest counted"
    assert decision.until == NEVER


@pytest.mark.parametrize(
    ("fields", "lacking"),
    [
        ({"verdict": Verdict.DEGRADED}, "degraded"),
        ({"suspicious": True}, "suspicious"),
        ({"verdict": Verdict.DEGRADED, "suspicious": True}, "degraded and suspicious"),
        ({"invalidated": True}, "invalidated"),
    ],
)
def test_an_uncounted_backup_expires_at_14_days_when_a_counted_one_follows(
    fields: dict[str, object], lacking: str
) -> None:
    bad, good = backup("bad", NOW, **fields), backup("good", NOW + DAY)
    early, late = (
        decide([bad, good], terms(last=9), NOW + WEEK_2 - MOMENT),
        decide([bad, good], terms(last=9), NOW + WEEK_2),
    )
    assert kept_ids(early) == ["good", "bad"]
    assert early.until == NOW + WEEK_2
    assert dropped_ids(late) == ["bad"]
    assert words(late, "bad") == f"uncounted ({lacking}) and expired"
    assert late.until == NEVER


@pytest.mark.parametrize("follower", [None, backup("good", NOW - MOMENT), backup("good", NOW)])
def test_an_uncounted_backup_without_a_later_counted_one_stays_for_ever(follower: Backup | None) -> None:
    bad = backup("bad", NOW, verdict=Verdict.DEGRADED)
    decision = decide([bad, *([follower] if follower else [])], terms(last=9), NOW + 100 * DAY)
    assert "bad" in kept_ids(decision)
    assert decision.until == NEVER


def test_a_backup_that_nothing_judged_stays_for_ever_and_evicts_nothing() -> None:
    unknown = every(DAY, 9, newest=NOW - 100 * DAY, verdict=Verdict.UNKNOWN)
    decision = decide([*unknown, backup("good", NOW)], terms(last=1), NOW)
    assert len(decision.kept) == 10
    assert words(decision, "b0") == "unknown: kept, because nothing tells whether it is complete"


def test_an_adopted_or_accepted_backup_enters_the_rules() -> None:
    adopted = backup("adopted", NOW - DAY, verdict=Verdict.UNKNOWN, adopted=True)
    accepted = backup("accepted", NOW, suspicious=True, accepted=True)
    decision = decide([adopted, accepted, backup("old", NOW - 2 * DAY)], terms(last=2), NOW)
    assert kept_ids(decision) == ["accepted", "adopted"]


def test_the_floor_keeps_the_newest_counted_and_the_newest_restored() -> None:
    old = [backup(f"r{n}", NOW - (50 + n) * DAY, restored_at=NOW) for n in range(3)]
    decision = decide([*every(DAY, 5), *old], terms(last=1, floor=Floor(2)), NOW)
    assert kept_ids(decision) == ["b0", "r0", "r1"]
    assert words(decision, "b0") == "last #1, floor: newest counted"
    assert words(decision, "r1") == "floor: newest restored"


def test_a_restored_backup_that_does_not_count_takes_no_place_from_one_that_does() -> None:
    degraded = backup("degraded", NOW - 20 * DAY, restored_at=NOW, verdict=Verdict.DEGRADED)
    good = backup("good", NOW - 90 * DAY, restored_at=NOW)
    both = decide([*every(DAY, 5), degraded, good], terms(last=1, floor=Floor(1)), NOW)
    alone = decide([*every(DAY, 5), degraded], terms(last=1, floor=Floor(1)), NOW)
    assert kept_ids(both) == ["b0", "good"]
    assert kept_ids(alone) == ["b0", "degraded"]


def test_an_invalidated_backup_is_no_floor() -> None:
    broken = backup("broken", NOW - 20 * DAY, restored_at=NOW, invalidated=True)
    assert dropped_ids(decide([backup("b0", NOW), broken], terms(last=1, floor=Floor(1)), NOW)) == ["broken"]


def test_a_request_keeps_its_backup_until_its_date() -> None:
    midnight = datetime.fromisoformat("2027-03-01T00:00+01:00")
    asked = backup("asked", NOW - 30 * DAY, keep_until=midnight)
    before = decide([backup("b0", NOW), asked], terms(last=1), NOW)
    assert words(before, "asked") == "keep-until 2027-03-01"
    assert before.until == midnight
    assert dropped_ids(decide([backup("b0", NOW), asked], terms(last=1), midnight)) == ["asked"]


def test_a_request_that_ends_within_a_day_says_the_hour() -> None:
    asked = backup("asked", NOW - 30 * DAY, keep_until=NOW + DAY)
    assert words(decide([asked], terms(last=1, floor=Floor(0)), NOW), "asked") == (
        "last #1, keep-until 2026-11-25 13:00+01:00, floor: newest counted"
    )


def test_a_hold_keeps_what_the_rules_would_not() -> None:
    decision = decide(every(DAY, 3), terms(last=1), NOW, held={"b2": "lawsuit", "gone": "lawsuit"})
    assert kept_ids(decision) == ["b0", "b2"]
    assert words(decision, "b2") == "hold lawsuit"


def test_time_alone_never_changes_what_only_the_rules_decide() -> None:
    late = decide(every(DAY, 90), terms(daily=7, within="30d"), NOW + 5000 * DAY)
    assert late == decide(every(DAY, 90), terms(daily=7, within="30d"), NOW)
    assert late.until == NEVER
