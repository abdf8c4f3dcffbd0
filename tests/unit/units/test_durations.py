"""Durations: own strict spelling, nothing guessed, and restic's calendar spans."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from reconciler.units.durations import CalendarDuration, Duration, format_duration, parse_duration

DURATION = TypeAdapter(Duration)
SPAN = TypeAdapter(CalendarDuration)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1h", timedelta(hours=1)),
        ("7d", timedelta(days=7)),
        ("4w", timedelta(weeks=4)),
        ("1h30m", timedelta(minutes=90)),
        ("36525d", timedelta(days=36_525)),
    ],
)
def test_a_duration_is_a_number_with_its_unit(written: str, meant: timedelta) -> None:
    assert parse_duration(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "15", "0", "0s", "-1h", "+1h", "1 h", "1h ", " 1h", "1H", "1.5h", "1y", "1e3s", "h", "１h", "1h\n",
        "36526d", "9999999w", "10000000s", "1h\x00", "P1D", "P1DT1H", "01:30", None, 15, 1.5, True, ["1h"],
    ],
)  # fmt: skip
def test_anything_else_is_no_duration(written: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(written)


def test_a_bare_number_in_a_policy_is_an_error_that_shows_what_to_write() -> None:
    with pytest.raises(ValidationError, match="90s, 15m, 1h, 7d or 4w"):
        DURATION.validate_python("15")


@given(st.integers(1, 36_525 * 86_400))
def test_a_duration_survives_being_written(seconds: int) -> None:
    meant = timedelta(seconds=seconds)
    assert parse_duration(format_duration(meant)) == meant
    assert DURATION.validate_python(DURATION.dump_python(meant)) == meant


@pytest.mark.parametrize(
    ("duration", "written"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(weeks=4), "28d"),
        (timedelta(hours=-36), "-1d12h"),
        (timedelta(milliseconds=1500), "1s"),
    ],
)
def test_a_duration_is_written_in_its_shortest_way(duration: timedelta, written: str) -> None:
    assert format_duration(duration) == written


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2y5m7d3h", CalendarDuration(2, 5, 7, 3)),
        ("30d", CalendarDuration(days=30)),
        ("5m", CalendarDuration(months=5)),
        ("48h", CalendarDuration(hours=48)),
        ("1y3h", CalendarDuration(years=1, hours=3)),
    ],
)
def test_a_span_is_read_as_restic_reads_it(written: str, meant: CalendarDuration) -> None:
    assert CalendarDuration.parse(written) == meant


@pytest.mark.parametrize(
    "written", ["", "0d", "0y0m", "7", "1w", "3h2d", "1d1d", "-1d", "1.5d", "1d ", "1d\n", "10000y", None, 30, True]
)
def test_anything_else_is_no_span(written: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        CalendarDuration.parse(written)


@given(st.integers(0, 9999), st.integers(0, 9999), st.integers(0, 99_999), st.integers(0, 999_999))
def test_a_span_survives_being_written(years: int, months: int, days: int, hours: int) -> None:
    span = CalendarDuration(years, months, days, hours)
    if span != CalendarDuration():
        assert CalendarDuration.parse(str(span)) == span
        assert SPAN.validate_python(SPAN.dump_python(span)) == span
