"""Which dropped backups are no charge to the deletion budget: those that only a ``within`` rule let go."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from reconciler.observed.backup import Backup
from reconciler.policy.models.retention import RetentionSpec
from reconciler.retention.decide import Floor, Terms, decide
from reconciler.retention.reasons import Code
from tests.unit.retention.histories import COUNTS, NOW, ZONES, backup, counted_backups, every, specs, terms

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _let_go(backups: list[Backup], given: Terms) -> dict[str, bool]:
    return {dropped.backup.id: dropped.only_within for dropped in decide(backups, given, NOW).dropped}


def test_what_leaves_a_window_is_let_go_only_within() -> None:
    assert _let_go(every(DAY, 5), terms(within="3d")) == {"b3": True, "b4": True}


def test_what_a_count_lets_go_is_charged() -> None:
    assert _let_go(every(DAY, 5), terms(last=3)) == {"b3": False, "b4": False}


def test_the_last_of_its_day_leaves_by_the_count_and_the_others_by_the_window() -> None:
    let_go = _let_go(every(8 * HOUR, 31), terms(daily=5, within="2d"))
    charged = {id for id, only_within in let_go.items() if not only_within}
    # b30 is the oldest of all, which the daily rule held while it had counts left.
    assert charged == {"b14", "b17", "b20", "b23", "b26", "b29", "b30"}


def test_a_flood_is_charged_although_a_window_was_in_the_rules() -> None:
    quiet = [backup(f"day{n}", NOW - n * DAY - DAY) for n in range(7)]
    flood = [backup(f"flood{n}", NOW - n * timedelta(seconds=1)) for n in range(9)]
    let_go = _let_go(quiet + flood, terms(last=7, within="1h"))
    assert let_go == {f"day{n}": False for n in range(7)}


def test_several_that_left_between_two_looks_are_all_let_go_only_within() -> None:
    hourly = every(HOUR, 40, newest=NOW - 3 * DAY)
    let_go = _let_go([*hourly, backup("new", NOW)], terms(last=2, within="1d"))
    assert [id for id, only_within in let_go.items() if not only_within] == ["b1"]


def test_the_oldest_is_charged_only_while_its_rule_had_counts_left_for_it() -> None:
    morning = NOW - 3 * DAY
    times = {"oldest": morning, "day": morning + HOUR, "next": morning + 23 * HOUR, "last": morning + 3 * DAY}
    backups = [backup(id, time) for id, time in times.items()]
    assert _let_go(backups, terms(daily=2, within="1d")) == {"day": False, "oldest": True}
    assert _let_go(backups[:2] + backups[3:], terms(daily=2, within="1d")) == {"oldest": False}


def test_a_backup_at_the_very_edge_of_a_window_is_outside_of_it() -> None:
    backups = [backup("b", NOW - DAY), backup("m", NOW - HOUR), backup("n", NOW)]
    assert _let_go(backups, terms(last=2, within="1d")) == {"b": False}


def test_a_window_of_days_held_the_oldest_too() -> None:
    backups = [backup("b", NOW - DAY - HOUR), backup("c", NOW - DAY + HOUR), backup("d", NOW)]
    assert _let_go(backups, terms(last=1, within_daily="1d")) == {"b": True}


def test_a_window_that_month_arithmetic_moved_back_counts_where_it_last_reached() -> None:
    # Less a month, 31 March is 3 March and 1 April is 1 March: what fell out on the 31st was kept on the 1st.
    days = {"b": "03-02", "x": "03-15", "y": "03-31", "z": "04-01", "w": "04-20"}
    backups = [backup(id, datetime.fromisoformat(f"2026-{day}T10:00Z")) for id, day in days.items()]
    assert _let_go(backups, terms(last=3, within="1m")) == {"x": False, "b": True}


def test_a_window_of_a_day_is_a_day_of_the_policy_s_zone_on_both_nights_of_two_times() -> None:
    # The autumn's day has 25 hours: what is 24 and a half hours old is in the window of the next noon still.
    autumn = {"n": "2026-10-27T12:00Z", "m": "2026-10-25T12:00Z", "b": "2026-10-24T11:30Z"}
    let_go = _let_go(
        [backup(id, datetime.fromisoformat(time)) for id, time in autumn.items()], terms(last=1, within="1d")
    )
    assert let_go == {"m": False, "b": True}
    # The spring's has 23: what is 23 and a half hours old has left the window, and the count let it go.
    spring = {"n": "2026-03-29T12:00Z", "m": "2026-03-28T20:00Z", "b": "2026-03-28T12:30Z"}
    let_go = _let_go(
        [backup(id, datetime.fromisoformat(time)) for id, time in spring.items()], terms(last=2, within="1d")
    )
    assert let_go == {"b": False}


def test_expired_uncounted_backups_are_never_let_go_by_a_window() -> None:
    bad = backup("bad", NOW - 20 * DAY, suspicious=True)
    assert _let_go([backup("good", NOW), bad], terms(within="1d")) == {"bad": False}


@given(counted_backups(least=1, most=25), specs(), st.sampled_from(ZONES))
def test_it_is_what_replaying_the_history_finds(backups: list[Backup], spec: RetentionSpec, zone: ZoneInfo) -> None:
    given_terms = Terms(spec, zone, Floor(0))
    ordered = sorted(backups, key=lambda one: (one.time, one.id))
    last_held: dict[str, bool] = {}
    for number in range(1, len(ordered) + 1):
        for kept in decide(ordered[:number], given_terms, NOW).kept:
            ruled = {reason.code for reason in kept.reasons if reason.code is not Code.FLOOR}
            last_held[kept.backup.id] = bool(ruled) and not ruled & {*COUNTS}
    for id, only_within in _let_go(backups, given_terms).items():
        assert only_within == last_held[id]
