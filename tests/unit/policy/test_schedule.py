"""Slots keep their identity, no date is missed or doubled, and no gap is longer than promised."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds.files import FilesSource
from reconciler.kinds.source import Source
from reconciler.policy.models.asset import Schedule
from reconciler.policy.models.document import Window
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.models.tier import Copies, Proof
from reconciler.policy.resolved import ResolvedAsset, ResolvedPlacement
from reconciler.policy.schedule import (
    DailySlots,
    FixedSlots,
    Slots,
    fixed_period,
    largest_gap,
    slots_of,
    valid_cron,
    window_state,
)
from reconciler.units.instants import NEVER

MADRID = ZoneInfo("Europe/Madrid")
ZONES = [
    "UTC",
    "Europe/Madrid",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Nuuk",
    "Africa/Cairo",
    "America/Havana",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/St_Johns",
]
CRONS = ["0 * * * *", "30 2 * * *", "*/20 * * * *", "*/20 2 * * *", "0 */6 * * *", "@monthly", "15 9 * * 1-5"]
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

instants = st.integers(0, 27 * 365 * 86_400 * 1000).map(
    lambda milliseconds: datetime(2010, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)
zones = st.sampled_from(ZONES).map(ZoneInfo)
rpos = st.integers(60, 30 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
names = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)


def placed(rpo: timedelta = HOUR, *, copy_of: str | None = None) -> ResolvedPlacement:
    return ResolvedPlacement(repository="nas", copy_of=copy_of, rpo=rpo, retention=RetentionSpec(daily=7))


def made(name: str = "wiki", schedule: Schedule | None = None, *placements: ResolvedPlacement) -> ResolvedAsset:
    return ResolvedAsset(
        name=name,
        owner="platform",
        host="db1",
        tier="tier-1",
        rpo=HOUR,
        rto=HOUR,
        copies=Copies(),
        proof=Proof(),
        initial_within=7 * DAY,
        encryption="required",
        source=Source(files=FilesSource(include=("/etc",))),
        placements=placements or (placed(),),
        schedule=schedule or Schedule(),
    )


def slots(schedule: Schedule | None = None, *, rpo: timedelta = HOUR, zone: ZoneInfo = MADRID, name: str = "wiki",
          copy_of: str | None = None) -> Slots:  # fmt: skip
    return slots_of(made(name, schedule), placed(rpo, copy_of=copy_of), zone, "iact")


@st.composite
def any_slots(draw: st.DrawFn) -> Slots:
    zone, name = draw(zones), draw(names)
    kind = draw(st.sampled_from(["fixed", "cron", "window"]))
    if kind == "fixed":
        return slots(rpo=draw(rpos), zone=zone, name=name)
    cron = draw(st.sampled_from(CRONS))
    if kind == "cron":
        spread = draw(st.none() | st.integers(1, 7200).map(lambda seconds: timedelta(seconds=seconds)))
        return slots(Schedule(cron=cron, spread=spread), zone=zone, name=name)
    window = Window(cron=cron, duration=draw(st.integers(1, 8)) * HOUR)
    return slots(Schedule(window=window), zone=zone, name=name)


def between(row: Slots, start: datetime, end: datetime) -> list[datetime]:
    found = []
    slot = row.next(start - timedelta(microseconds=1))
    while slot < end:
        found.append(slot)
        slot = row.next(slot)
    return found


@given(any_slots(), instants)
def test_an_instant_lies_between_its_latest_and_its_next_slot(row: Slots, at: datetime) -> None:
    assert row.latest(at) <= at < row.next(at)
    assert row.latest(at).tzinfo is not None


@given(any_slots(), instants)
def test_a_slot_is_itself_whoever_asks_and_when(row: Slots, at: datetime) -> None:
    following = row.next(at)
    assert row.latest(following) == following
    assert row.next(row.latest(at)) == following
    middle = at + (following - at) / 2
    assert row.latest(middle) == row.latest(at)
    assert row.latest(following - timedelta(microseconds=1)) == row.latest(at)
    assert row.next(following) > following


@given(any_slots(), instants)
def test_walking_forward_and_backward_meets_the_same_slots(row: Slots, at: datetime) -> None:
    forward = [row.next(at)]
    for _ in range(6):
        forward.append(row.next(forward[-1]))
    backward = [forward[-1]]
    for _ in range(6):
        backward.append(row.latest(backward[-1] - timedelta(microseconds=1)))
    assert forward == backward[::-1]


@given(rpos, zones, names, instants)
def test_fixed_slots_leave_no_gap_above_eight_tenths_of_the_rpo(
    rpo: timedelta, zone: ZoneInfo, name: str, at: datetime
) -> None:
    row = slots(rpo=rpo, zone=zone, name=name)
    allowed = max(rpo * 0.8, timedelta(minutes=1)) + (HOUR if row.period == DAY else timedelta(0))
    if zone.key != "Pacific/Apia":  # a whole date was skipped there in 2011
        assert row.next(at) - row.latest(at) <= allowed


@pytest.mark.parametrize(
    ("rpo", "period"),
    [
        (timedelta(minutes=1), timedelta(minutes=1)),
        (timedelta(minutes=10), timedelta(minutes=3)),
        (HOUR, timedelta(minutes=40)),
        (4 * HOUR, timedelta(hours=3)),
        (24 * HOUR, timedelta(hours=12)),
        (31 * HOUR, DAY),
        (7 * DAY, DAY),
    ],
)
def test_the_period_is_the_largest_divisor_of_a_day_below_eight_tenths_less_the_spread(
    rpo: timedelta, period: timedelta
) -> None:
    assert fixed_period(rpo, timedelta(minutes=5)) == period


def test_a_spread_takes_its_part_of_the_period() -> None:
    assert fixed_period(HOUR, timedelta(minutes=30)) == timedelta(minutes=18)


def test_periods_below_a_day_are_anchored_in_utc_and_a_day_on_the_zones_clock() -> None:
    assert isinstance(slots(rpo=HOUR), FixedSlots)
    daily = slots(rpo=7 * DAY)
    assert isinstance(daily, DailySlots)
    winter = daily.next(datetime(2027, 1, 10, tzinfo=UTC)).astimezone(MADRID)
    summer = daily.next(datetime(2027, 7, 10, tzinfo=UTC)).astimezone(MADRID)
    assert winter.time() == summer.time()
    assert winter.utcoffset() != summer.utcoffset()


def test_assets_are_spread_over_the_period_and_the_same_name_never_moves() -> None:
    offsets = {slots(rpo=24 * HOUR, name=f"a{n}").latest(datetime(2027, 1, 1, tzinfo=UTC)) for n in range(200)}
    assert len(offsets) > 190
    # Written down: a change of the hash would move every slot of every fleet.
    assert slots(rpo=24 * HOUR).next(datetime(2027, 1, 1, tzinfo=UTC)) == PINNED


PINNED = datetime(2027, 1, 1, 4, 2, 30, tzinfo=UTC)


def test_the_same_asset_name_under_another_policy_has_slots_of_its_own() -> None:
    at = datetime(2027, 1, 1, tzinfo=UTC)
    asset, placement = made(), placed(24 * HOUR)
    assert slots_of(asset, placement, MADRID, "iact").next(at) != slots_of(asset, placement, MADRID, "other").next(at)


def test_a_copy_follows_its_own_rpo_and_ignores_the_cron() -> None:
    assert slots(Schedule(cron="0 3 * * *"), rpo=8 * DAY, copy_of="local").period == DAY
    assert slots(Schedule(cron="0 3 * * *"), rpo=4 * HOUR, copy_of="local").period == 3 * HOUR


def test_a_cron_slot_is_moved_by_less_than_its_spread() -> None:
    row = slots(Schedule(cron="0 3 * * *", spread=timedelta(minutes=5)), zone=ZoneInfo("UTC"))
    moved = row.next(datetime(2027, 1, 1, tzinfo=UTC)) - datetime(2027, 1, 1, 3, tzinfo=UTC)
    assert timedelta(0) <= moved < timedelta(minutes=5)


def test_a_preferred_window_has_one_slot_inside_each_opening() -> None:
    row = slots(Schedule(window=Window(cron="0 22 * * *", duration=4 * HOUR)), zone=ZoneInfo("UTC"))
    found = between(row, datetime(2027, 1, 1, 12, tzinfo=UTC), datetime(2027, 1, 11, 12, tzinfo=UTC))
    assert len(found) == 10
    assert all(slot.hour in (22, 23, 0, 1) for slot in found)
    assert len({slot.time() for slot in found}) == 1


# The nights on which Madrid's clock changes: 2027-03-28 02:00 → 03:00 and 2027-10-31 03:00 → 02:00.
NIGHTS = [date(2027, 3, 28), date(2027, 10, 31)]


def observed(row: Slots, night: date) -> list[datetime]:
    """What a loop that looks every ten minutes for six days would run: each new latest slot once."""
    at = datetime(night.year, night.month, night.day, tzinfo=UTC) - 3 * DAY
    end, seen = at + 6 * DAY, [row.latest(at)]
    while at < end:
        at += timedelta(minutes=10)
        slot = row.latest(at)
        if slot != seen[-1]:
            assert slot > seen[-1]
            seen.append(slot)
    return seen[1:]


@pytest.mark.parametrize("night", NIGHTS)
@pytest.mark.parametrize("cron", ["30 2 * * *", "0 2 * * *", "0 3 * * *", "59 1 * * *", "@daily", "5 23 * * *"])
def test_a_daily_cron_runs_once_on_every_date_around_a_change_of_the_clock(cron: str, night: date) -> None:
    row = slots(Schedule(cron=cron, spread=timedelta(seconds=1)))
    runs = Counter(slot.astimezone(MADRID).date() for slot in observed(row, night))
    assert all(runs[night + n * DAY] == 1 for n in (-2, -1, 0, 1, 2))


@pytest.mark.parametrize("night", NIGHTS)
@pytest.mark.parametrize("name", [f"asset-{n}" for n in range(30)])
def test_a_daily_fixed_slot_comes_once_on_every_date_around_a_change_of_the_clock(name: str, night: date) -> None:
    row = slots(rpo=7 * DAY, name=name)
    start = datetime(night.year, night.month, night.day, tzinfo=UTC) - 3 * DAY
    runs = Counter(slot.astimezone(MADRID).date() for slot in between(row, start, start + 6 * DAY))
    assert all(runs[night + n * DAY] == 1 for n in (-2, -1, 0, 1, 2))


@pytest.mark.parametrize(
    ("cron", "step"), [("0 * * * *", HOUR), ("@hourly", HOUR), ("*/20 * * * *", timedelta(minutes=20))]
)
@pytest.mark.parametrize("night", NIGHTS)
def test_a_line_for_every_hour_keeps_its_step_through_a_change_of_the_clock(
    cron: str, step: timedelta, night: date
) -> None:
    found = observed(slots(Schedule(cron=cron, spread=timedelta(seconds=1))), night)
    assert {later - earlier for earlier, later in pairwise(found)} == {step}


@pytest.mark.parametrize("night", NIGHTS)
def test_fixed_slots_below_a_day_do_not_notice_a_change_of_the_clock(night: date) -> None:
    found = observed(slots(rpo=HOUR), night)
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=40)}


def test_a_skipped_local_time_shifts_to_the_end_of_the_gap() -> None:
    row = slots(Schedule(cron="30 2 * * *", spread=timedelta(seconds=1)))
    slot = row.latest(datetime(2027, 3, 28, 12, tzinfo=UTC))
    assert slot.replace(second=0) == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


def test_two_lines_times_that_fall_into_one_gap_are_one_run() -> None:
    row = slots(Schedule(cron="0,30 2 * * *", spread=timedelta(seconds=1)))
    day = datetime(2027, 3, 28, tzinfo=UTC)
    assert len(between(row, day, day + DAY)) == 1


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_has_one_daily_run_a_date_through_a_year(zone: str) -> None:
    place = ZoneInfo(zone)
    row = slots(Schedule(cron="30 12 * * *", spread=timedelta(seconds=1)), zone=place)
    found = between(row, datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 12, 1, tzinfo=UTC))
    dates = [slot.astimezone(place).date() for slot in found]
    assert all(later - earlier == DAY for earlier, later in pairwise(dates))


@pytest.mark.parametrize(
    ("cron", "zone", "gap"),
    [
        ("0 * * * *", "Europe/Madrid", HOUR),
        ("*/20 * * * *", "Europe/Madrid", timedelta(minutes=20)),
        ("* * * * *", "Europe/Madrid", timedelta(minutes=1)),
        ("30 4 * * *", "UTC", DAY),
        ("30 4 * * *", "Europe/Madrid", DAY + HOUR),
        ("0 */6 * * *", "Europe/Madrid", 7 * HOUR),
        ("0 8-18 * * *", "UTC", 14 * HOUR),
        ("0 0 * * 1-5", "UTC", 3 * DAY),
        ("@weekly", "Europe/Madrid", 7 * DAY + HOUR),
        ("@monthly", "UTC", 31 * DAY),
        ("@yearly", "UTC", 366 * DAY),
        ("0 0 29 2 *", "UTC", 1461 * DAY),
    ],
)
def test_the_largest_gap_of_a_line_is_found_with_its_changes_of_the_clock(cron: str, zone: str, gap: timedelta) -> None:
    assert largest_gap(cron, ZoneInfo(zone)) == gap


@pytest.mark.parametrize("zone", ["Europe/Madrid", "Australia/Lord_Howe", "America/Nuuk"])
@pytest.mark.parametrize("cron", ["30 2 * * *", "15 9 * * 1-5", "0 */6 * * *", "0,30 0,23 * * *"])
def test_the_largest_gap_is_the_one_that_walking_finds(cron: str, zone: str) -> None:
    row = slots(Schedule(cron=cron, spread=timedelta(seconds=1)), zone=ZoneInfo(zone))
    found = between(row, datetime(2027, 1, 1, tzinfo=UTC), datetime(2031, 1, 4, tzinfo=UTC))
    assert largest_gap(cron, ZoneInfo(zone)) == max(later - earlier for earlier, later in pairwise(found))


@pytest.mark.parametrize("cron", ["* * * * *", "@daily", "@annually", "0 3 * * MON", "0 3 L * *", "0 0 29 2 *"])
def test_a_good_line_is_valid(cron: str) -> None:
    assert valid_cron(cron) is None


@pytest.mark.parametrize(
    "cron", ["", "* * * *", "0 0 3 * * *", "60 * * * *", "0 0 30 2 *", "@reboot", "daily", "* * * * * *", "a b c d e"]
)
def test_a_bad_line_is_named_in_one_sentence(cron: str) -> None:
    sentence = valid_cron(cron)
    assert sentence is not None
    assert "cron line" in sentence
    assert "\n" not in sentence


def test_six_fields_are_refused_because_seconds_would_be_read_first() -> None:
    assert "five fields" in (valid_cron("0 30 2 * * *") or "")


class TestWindow:
    """Windows of maintenance and checks."""

    nightly = Window(cron="0 3 * * *", duration=4 * HOUR)

    def test_no_window_is_always_open(self) -> None:
        now = datetime(2027, 1, 1, tzinfo=UTC)
        state = window_state(None, MADRID, now)
        assert (state.open, state.changes_at, state.opens_at) == (True, NEVER, now)

    def test_it_is_open_from_its_opening_until_just_before_its_end(self) -> None:
        opens = datetime(2027, 1, 1, 2, tzinfo=UTC)
        tick = timedelta(microseconds=1)
        for now, is_open, changes in [
            (opens - tick, False, opens),
            (opens, True, opens + 4 * HOUR),
            (opens + 4 * HOUR - tick, True, opens + 4 * HOUR),
            (opens + 4 * HOUR, False, opens + DAY),
        ]:
            state = window_state(self.nightly, MADRID, now)
            assert (state.open, state.changes_at) == (is_open, changes)
            assert state.opens_at == (now if is_open else changes)

    def test_overlapping_openings_are_one(self) -> None:
        window = Window(cron="0 1,2,3 * * *", duration=HOUR + timedelta(minutes=30))
        state = window_state(window, ZoneInfo("UTC"), datetime(2027, 1, 1, 1, tzinfo=UTC))
        assert state.changes_at == datetime(2027, 1, 1, 4, 30, tzinfo=UTC)

    def test_openings_without_a_pause_never_close(self) -> None:
        window = Window(cron="0 * * * *", duration=HOUR)
        assert window_state(window, MADRID, datetime(2027, 1, 1, tzinfo=UTC)).changes_at == NEVER

    @given(instants, zones, st.sampled_from(CRONS), st.integers(1, 40))
    def test_nothing_changes_before_changes_at(self, now: datetime, zone: ZoneInfo, cron: str, hours: int) -> None:
        window = Window(cron=cron, duration=hours * HOUR)
        state = window_state(window, zone, now)
        if state.changes_at == NEVER:
            return
        tick = timedelta(microseconds=1)
        for at in (now + (state.changes_at - now) / 2, state.changes_at - tick):
            assert window_state(window, zone, at).open == state.open
        assert window_state(window, zone, state.changes_at).open != state.open
