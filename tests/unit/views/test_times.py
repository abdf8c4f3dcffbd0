"""Spans as people read them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.views.times import show_jump


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (7199.4, "2h"),
        (7200.6, "2h"),
        (-7199.4, "2h"),
        (7231, "2h1m"),
        (299, "4m59s"),
        (300, "5m"),
        (86_399.9, "1d"),
        (0, "0s"),
    ],
)
def test_nobody_reads_the_seconds_of_a_clock_that_jumped_by_hours(seconds: float, said: str) -> None:
    assert show_jump(timedelta(seconds=seconds)) == said
