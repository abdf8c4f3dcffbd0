"""Instants are aware and UTC inside; a date is a date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from reconciler.units.instants import NEVER, Day, Instant, format_instant, parse_date, parse_instant

INSTANT, DAY = TypeAdapter(Instant), TypeAdapter(Day)
_offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    "written", ["2026-11-24T10:00:00Z", "2026-11-24T11:00:00+01:00", "2026-11-24T04:30:00-05:30", "2026-11-24 10:00Z"]
)
def test_one_instant_has_many_spellings(written: str) -> None:
    found = parse_instant(written)
    assert found == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "written", ["", "2026-11-24T10:00:00", "2026-11-24", "tomorrow", "2026-02-30T10:00Z", "2026-11-24T25:00Z", 0, None]
)
def test_an_instant_without_offset_or_sense_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="2026-11-24T10:00:00Z"):
        parse_instant(written)


@given(st.datetimes(timezones=_offsets).filter(lambda time: 1 < time.year < 9999))
def test_an_instant_survives_being_written(time: datetime) -> None:
    written = format_instant(time)
    assert written.endswith("Z")
    assert parse_instant(written) == time
    assert INSTANT.validate_python(INSTANT.dump_python(parse_instant(time))) == time


def test_never_is_later_than_anything_and_can_be_written() -> None:
    assert parse_instant(format_instant(NEVER)) == NEVER


@given(st.dates())
def test_a_date_survives_being_written(day: date) -> None:
    assert parse_date(day.isoformat()) == day
    assert DAY.validate_python(DAY.dump_python(day)) == day


@pytest.mark.parametrize(
    "written",
    [
        *("", "2027-3-1", "20270301", "2027-02-29", "01/03/2027", "2027-W09-1", "2027W09123", "2027-060  "),
        *("２０２７-03-01", "2027-03-01\n", " 2027-03-01", NEVER, 20270301, None),
    ],
)
def test_anything_else_is_no_date(written: object) -> None:
    with pytest.raises(ValueError, match="2027-03-01"):
        parse_date(written)
