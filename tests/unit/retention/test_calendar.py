"""The zone's wall clock: as zoneinfo reads it, and spans as restic's Go code subtracts them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import tzset
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.retention.calendar import BEGINNING, local_hours, subtract
from reconciler.units.durations import CalendarDuration

ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Madrid",
        "America/St_Johns",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "Africa/Casablanca",
    )
]
MADRID, NEW_YORK = ZoneInfo("Europe/Madrid"), ZoneInfo("America/New_York")


_seconds = st.integers(-2_500_000_000, 3_200_000_000)


@given(_seconds, st.sampled_from(ZONES))
def test_local_hours_are_those_of_the_wall_clock(seconds: int, zone: ZoneInfo) -> None:
    time = datetime.fromtimestamp(seconds, UTC)
    local = time.astimezone(zone)
    assert local_hours([time], zone) == [local.toordinal() * 24 + local.hour]


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("year", [1986, 2006, 2011, 2026])
def test_every_quarter_hour_of_a_year_is_right(zone: ZoneInfo, year: int) -> None:
    start = datetime(year, 1, 1, tzinfo=UTC)
    times = [start + timedelta(minutes=15 * number, seconds=59) for number in range(366 * 96)]
    locals_ = [time.astimezone(zone) for time in times]
    assert local_hours(times, zone) == [local.toordinal() * 24 + local.hour for local in locals_]


@pytest.mark.parametrize("wall", ["00:00:00", "00:59:59", "01:00:00", "22:59:59", "23:00:00", "23:59:59"])
def test_an_hour_begins_and_ends_on_the_second(wall: str) -> None:
    time = datetime.fromisoformat(f"2026-01-15T{wall}+00:00")
    assert local_hours([time], ZoneInfo("UTC")) == [time.toordinal() * 24 + time.hour]


@pytest.fixture
def machine_in_tokyo() -> Iterator[None]:
    """The machine's own zone is far from the policy's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        tzset()
        yield
    tzset()


@pytest.mark.usefixtures("machine_in_tokyo")
def test_a_time_with_another_offset_is_read_as_the_same_instant_whatever_the_machine_s_zone() -> None:
    time = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert local_hours([time.astimezone(NEW_YORK)], MADRID) == local_hours([time], MADRID)


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_times_at_the_ends_of_the_calendar_raise_nothing(zone: ZoneInfo) -> None:
    first, last = BEGINNING, datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert len(local_hours([first, last], zone)) == 2
    assert subtract(first, CalendarDuration(days=1), zone) == BEGINNING


@pytest.mark.parametrize(
    ("latest", "span", "expected"),
    [
        ("2026-03-31T10:00Z", "1m", "2026-03-03T11:00Z"),
        ("2024-03-31T10:00Z", "1m", "2024-03-02T11:00Z"),
        ("2026-03-30T10:00Z", "1m", "2026-03-02T11:00Z"),
        ("2024-02-29T10:00Z", "1y", "2023-03-01T10:00Z"),
        ("2026-05-31T10:00Z", "1m30d", "2026-04-01T10:00Z"),
        ("2026-01-15T10:00Z", "2m", "2025-11-15T10:00Z"),
        ("2026-07-01T10:00Z", "5m7d3h", "2026-01-25T08:00Z"),
        ("2026-03-29T10:00Z", "24h", "2026-03-28T10:00Z"),
        ("2026-03-29T10:00Z", "1d", "2026-03-28T11:00Z"),
        ("2026-01-01T10:00Z", "3000y", "0001-01-01T00:00Z"),
        # The second year is reckoned with, in Madrid's time by the sun; the first one is not.
        ("2026-01-01T10:00Z", "2024y", "0002-01-01T11:14:44Z"),
        ("2026-01-02T10:00Z", "2024y36h", "0001-12-31T23:14:44Z"),
        ("2025-12-31T10:00Z", "2024y", "0001-01-01T00:00Z"),
        ("2026-01-01T10:00Z", "2025y11m", "0001-01-01T00:00Z"),
        ("0388-01-01T10:00Z", "99999d999999h", "0001-01-01T00:00Z"),
    ],
)
def test_a_span_is_subtracted_on_the_calendar(latest: str, span: str, expected: str) -> None:
    found = subtract(datetime.fromisoformat(latest), CalendarDuration.parse(span), MADRID)
    assert found == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("zone", "latest", "expected"),
    [
        # 02:30 does not exist on these nights: Go goes an hour forward in Madrid, back in New York.
        (MADRID, "2026-03-30T02:30+02:00", "2026-03-29T03:30+02:00"),
        (NEW_YORK, "2026-03-09T02:30-04:00", "2026-03-08T01:30-05:00"),
        # 02:30 and 01:30 come twice on these: the later of them in Madrid, the earlier in New York.
        (MADRID, "2026-10-26T02:30+01:00", "2026-10-25T02:30+01:00"),
        (NEW_YORK, "2026-11-02T01:30-05:00", "2026-11-01T01:30-04:00"),
    ],
)
def test_a_span_that_ends_in_a_clock_change_ends_where_go_ends(zone: ZoneInfo, latest: str, expected: str) -> None:
    found = subtract(datetime.fromisoformat(latest), CalendarDuration(days=1), zone)
    assert found == datetime.fromisoformat(expected)
