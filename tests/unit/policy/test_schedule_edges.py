"""Slots and windows at their very instants, and the same whatever the machine's own zone is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import tzset
from zoneinfo import ZoneInfo

import pytest

from reconciler.policy.models.document import Window
from reconciler.policy.schedule import DailySlots, window_state
from reconciler.policy.schedule.cron import Cron, latest_slot, next_slot
from reconciler.policy.schedule.localtime import every_instant, localise
from reconciler.policy.schedule.window import WindowState
from reconciler.units.instants import NEVER

MADRID = ZoneInfo("Europe/Madrid")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOMENT = timedelta(microseconds=1)


@pytest.fixture(params=["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"], autouse=True)
def machine_zone(request: pytest.FixtureRequest) -> Iterator[None]:
    """The machine's own zone: a day ahead, a day behind, or UTC. No promise depends on it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        tzset()
        yield
    tzset()


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_a_daily_slot_stands_its_offset_after_midnight_and_is_its_own_latest(hour: int) -> None:
    row = DailySlots(hour * HOUR + timedelta(minutes=1), MADRID)
    slot = datetime(2026, 11, 24, hour, 1, tzinfo=MADRID).astimezone(UTC)
    assert row.latest(slot) == slot
    assert row.latest(slot - MOMENT) == slot - DAY
    assert row.next(slot) == slot + DAY
    assert row.next(slot - MOMENT) == slot


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_a_cron_slot_is_its_own_latest_and_never_its_own_next(hour: int) -> None:
    cron = Cron.parse(f"1 {hour} * * *")
    slot = datetime(2026, 11, 24, hour, 1, tzinfo=MADRID).astimezone(UTC)
    assert latest_slot(cron, MADRID, slot) == slot
    assert latest_slot(cron, MADRID, slot - MOMENT) == slot - DAY
    assert next_slot(cron, MADRID, slot) == slot + DAY
    assert next_slot(cron, MADRID, slot - MOMENT) == slot


def test_a_time_that_the_clock_skips_is_the_end_of_the_gap_to_the_second() -> None:
    end = datetime(2026, 3, 29, 1, tzinfo=UTC)
    for minute in (0, 30, 59):
        skipped = datetime.fromisoformat(f"2026-03-29T02:{minute:02}")
        assert localise(skipped, MADRID) == end
        assert every_instant(skipped, MADRID) == ()
    assert localise(datetime.fromisoformat("2026-03-29T01:59:59"), MADRID) == end - timedelta(seconds=1)
    assert localise(datetime.fromisoformat("2026-03-29T03:00"), MADRID) == end


def test_a_time_that_the_clock_shows_twice_has_two_instants_and_means_the_first() -> None:
    twice = datetime.fromisoformat("2026-10-25T02:30")
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert every_instant(twice, MADRID) == (first, second)
    assert localise(twice, MADRID) == first


def test_a_window_as_long_as_its_gap_is_open_for_ever_and_from_now() -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    always = WindowState(open=True, changes_at=NEVER, opens_at=now)
    # The longest day of Madrid's year has 25 hours, which UTC does not know.
    assert window_state(Window(cron="0 1 * * *", duration=25 * HOUR), MADRID, now) == always
    short = window_state(Window(cron="0 1 * * *", duration=24 * HOUR), MADRID, now)
    assert short.open
    assert short.changes_at < NEVER
    assert window_state(None, MADRID, now) == always
