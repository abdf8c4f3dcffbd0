"""What retention rules keep, in examples that a person can check; the differential test compares the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from reconciler.policy.models.retention import RetentionSpec
from reconciler.retention.decide import Floor, decide
from reconciler.retention.rules import rules_of
from tests.unit.retention.histories import COUNTS, NOW, SPANS, backup, every, kept_ids, terms, words

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_a_bucket_keeps_its_newest() -> None:
    decision = decide(every(6 * HOUR, 12, newest=NOW + 3 * HOUR), terms(daily=2), NOW + 3 * HOUR)
    assert kept_ids(decision) == ["b0", "b3"]
    assert words(decision, "b3") == "daily #2"
    assert words(decision, "b1") == "no rule keeps it"


def test_the_oldest_is_kept_while_a_rule_still_has_counts() -> None:
    decision = decide(every(4 * HOUR, 3), terms(daily=7), NOW)
    assert kept_ids(decision) == ["b0", "b2"]
    assert words(decision, "b2") == "daily #2 (oldest)"


@pytest.mark.parametrize(
    ("rules", "reason"), [({"daily": 7}, "daily #2 (oldest)"), ({"within_daily": "7d"}, "daily within 7d (oldest)")]
)
def test_the_oldest_of_a_day_is_kept_beside_its_newest_and_says_why(rules: dict[str, object], reason: str) -> None:
    for count in (2, 3, 4):
        decision = decide(every(2 * HOUR, count), terms(**rules), NOW)
        oldest = f"b{count - 1}"
        assert kept_ids(decision) == ["b0", oldest]
        assert words(decision, oldest) == reason


@pytest.mark.parametrize(("rules", "reason"), [({"daily": 7}, "daily #3"), ({"within_daily": "7d"}, "daily within 7d")])
def test_the_oldest_that_is_the_newest_of_its_day_has_one_reason(rules: dict[str, object], reason: str) -> None:
    assert words(decide(every(DAY, 3), terms(**rules), NOW), "b2") == reason


def test_the_oldest_at_the_very_edge_of_a_window_is_outside_of_it() -> None:
    backups = [backup("new", NOW), backup("mid", NOW - 20 * HOUR), backup("old", NOW - DAY)]
    assert kept_ids(decide(backups, terms(within_daily="1d"), NOW)) == ["new", "mid"]


def test_minus_one_keeps_every_bucket() -> None:
    assert len(decide(every(DAY, 400), terms(daily=-1), NOW).kept) == 400


def test_within_reaches_back_from_the_newest_and_not_from_now() -> None:
    old = every(DAY, 10, newest=NOW - timedelta(days=365))
    decision = decide(old, terms(within="3d"), NOW)
    assert kept_ids(decision) == ["b0", "b1", "b2"]
    assert words(decision, "b1") == "within 3d"


def test_a_day_back_is_a_day_of_the_policy_s_zone_also_when_it_has_25_hours() -> None:
    noon, older = datetime(2026, 10, 25, 12, tzinfo=UTC), datetime(2026, 10, 24, 11, 30, tzinfo=UTC)
    backups = [backup("new", noon), backup("old", older)]
    assert kept_ids(decide(backups, terms(within="1d"), NOW)) == ["new", "old"]
    assert kept_ids(decide(backups, terms(within="1d", zone=ZoneInfo("UTC")), NOW)) == ["new"]


def test_within_with_a_bucket_says_both() -> None:
    decision = decide(every(12 * HOUR, 8), terms(within_daily="2d"), NOW)
    assert words(decision, "b2") == "daily within 2d"


def test_buckets_follow_the_zone_of_the_policy() -> None:
    late = [
        backup("new", datetime(2026, 7, 1, 22, 30, tzinfo=UTC)),
        backup("old", datetime(2026, 7, 1, 20, tzinfo=UTC)),
    ]
    spare = backup("spare", datetime(2026, 6, 1, tzinfo=UTC))
    madrid = decide([*late, spare], terms(daily=2), NOW)
    utc = decide([*late, spare], terms(daily=2, zone=ZoneInfo("UTC")), NOW)
    assert kept_ids(madrid) == ["new", "old"]
    assert kept_ids(utc) == ["new", "spare"]


def test_a_week_runs_from_monday_to_sunday_across_the_new_year() -> None:
    tuesday = datetime(2027, 1, 12, 12, tzinfo=UTC)
    decision = decide(every(DAY, 20, newest=tuesday), terms(weekly=10), tuesday)
    kept = [kept.backup.time.date().isoformat() for kept in decision.kept]
    assert kept == ["2027-01-12", "2027-01-10", "2027-01-03", "2026-12-27", "2026-12-24"]
    assert words(decision, "b19") == "weekly #5 (oldest)"


def test_a_month_is_that_of_its_year() -> None:
    times = [datetime(2026, 1, 31, tzinfo=UTC), datetime(2025, 1, 31, tzinfo=UTC), datetime(2013, 2, 1, tzinfo=UTC)]
    decision = decide([backup(f"b{index}", time) for index, time in enumerate(times)], terms(monthly=5), NOW)
    assert words(decision, "b1") == "monthly #2"
    assert words(decision, "b2") == "monthly #3"


def test_an_autumn_night_has_one_bucket_for_the_hour_that_comes_twice() -> None:
    night = datetime(2026, 10, 25, 2, 30, tzinfo=UTC)
    decision = decide(every(HOUR, 5, newest=night), terms(hourly=4), NOW)
    # In Madrid: 03:30, 02:30 (winter), 02:30 (summer), 01:30, 00:30.
    assert kept_ids(decision) == ["b0", "b1", "b3", "b4"]


def test_of_equal_times_the_greater_id_is_the_newest() -> None:
    decision = decide([backup("a", NOW), backup("z", NOW), backup("m", NOW)], terms(last=1), NOW)
    assert kept_ids(decision) == ["z"]


def test_every_reason_is_given() -> None:
    decision = decide(every(DAY, 3), terms(last=1, daily=7, within="1d", floor=Floor(1)), NOW)
    assert words(decision, "b0") == "within 1d, last #1, daily #1, floor: newest counted"


def test_every_rule_of_a_policy_is_a_rule_here() -> None:
    whole = dict.fromkeys(COUNTS, 3) | dict.fromkeys(SPANS, "7d")
    names = [rule.code.value.replace("-", "_") for rule in rules_of(RetentionSpec.model_validate(whole))]
    assert sorted(names) == sorted(RetentionSpec.model_fields)


def test_nothing_comes_of_nothing() -> None:
    decision = decide([], terms(daily=7), NOW)
    assert (decision.kept, decision.dropped) == ((), ())
