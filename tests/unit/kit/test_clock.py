"""The clocks of the edge: aware, in UTC, and honest about what they cannot say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from reconciler.kit.clock import Clock, FixedClock, SystemClock

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_the_system_clock_is_aware_and_in_utc() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=5)


def test_the_boot_clock_runs_and_is_not_behind_the_monotonic_one() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    boot = clock.boot()
    assert boot is not None
    assert boot >= before - 1


def test_a_fixed_clock_stands_while_deadlines_run() -> None:
    clock: Clock = FixedClock(NOON)
    first = clock.monotonic()
    assert clock.now() == clock.now() == NOON
    assert clock.monotonic() >= first


def test_a_fixed_clock_turns_any_offset_into_utc() -> None:
    there = FixedClock(datetime(2026, 11, 24, 13, tzinfo=timezone(timedelta(hours=1))))
    assert there.now() == NOON
    assert there.now().tzinfo is UTC


def test_a_fixed_clock_refuses_an_instant_without_offset() -> None:
    with pytest.raises(ValueError, match="offset"):
        FixedClock(NOON.replace(tzinfo=None))
