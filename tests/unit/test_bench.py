"""The table of speed: every row says how far it should reach, and the page tells met from missed and keeps the rest."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from bench.readings import Other, Outcome, Reading, Row, outcome_of
from bench.rows import ROWS
from bench.svg import curves
from bench.table import NOT_RUN, page


def _nothing(_quick: bool) -> Outcome:
    return Outcome()


SLOW = Row("slow", "to be slow", "≤ 3 s", _nothing)
OTHER = Row("other", "to be another", "≤ 1 s", _nothing)
READING = Reading("cold", 2.0, "s", 3, others=(Other("a peer", 8.0),))


def test_every_row_has_a_name_of_its_own_a_reach_and_a_limit_of_time() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row.what
        assert row.reach
        assert 0 < row.seconds <= 3600


def test_every_row_is_a_line_of_the_page_also_when_it_never_ran() -> None:
    text = page(ROWS, {}, "never")
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(lines) == len(ROWS) + 2
    assert text.count(NOT_RUN) == len(ROWS)


@pytest.mark.parametrize(
    ("reading", "met"),
    [
        (Reading("", 2.0, "s", 3), True),
        (Reading("", 4.0, "s", 3), False),
        (Reading("", 4.0, "s", 0.5, relative=True, others=(Other("bare", 9.0),)), True),
        (Reading("", 4.0, "s", 0.5, relative=True, others=(Other("bare", 7.0),)), False),
        (Reading("", 4.0, "s", 0.5, relative=True), False),
        (Reading("", 97.0, "MiB/s", 0.98, relative=True, faster=True, others=(Other("bare", 100.0),)), False),
        (Reading("", 99.0, "MiB/s", 0.98, relative=True, faster=True, others=(Other("bare", 100.0),)), True),
        (Reading("", 4.0, "s"), None),
    ],
)
def test_a_reading_is_held_against_its_reach(reading: Reading, met: bool | None) -> None:
    assert reading.met is met


def test_a_line_shows_ours_the_peers_the_ratio_and_whether_it_is_met() -> None:
    text = page([SLOW], {"slow": Outcome((READING,))}, "today")
    assert "| slow | to be slow | ≤ 3 s | cold 2.00 s | a peer 8.00 s | 0.25 | met |" in text
    missed = Outcome((READING, Reading("warm", 4.0, "s", 3)))
    assert "met; **missed** |" in page([SLOW], {"slow": missed}, "today")
    assert "**not measured**: it broke |" in page([SLOW], {"slow": Outcome(missing="it broke")}, "today")


def test_what_did_not_run_this_time_stays_as_it_was() -> None:
    before = page([SLOW, OTHER], {"slow": Outcome((READING,))}, "yesterday")
    after = page([SLOW, OTHER], {"other": Outcome((Reading("", 0.5, "s", 1),))}, "today", before)
    assert "cold 2.00 s" in after
    assert "0.50 s" in after
    assert NOT_RUN not in after


def test_an_outcome_comes_back_from_the_process_that_measured_it() -> None:
    outcome = Outcome((READING,), "and what is missing")
    assert outcome_of(outcome.to_json()) == outcome


def test_the_curve_is_a_picture_with_every_line() -> None:
    panel = {"first": [(100.0, 0.2), (1000.0, 1.5)], "memory <MB>": [(100.0, 60.0), (1000.0, 75.0)]}
    root = ElementTree.fromstring(curves({"seconds": panel}))
    assert len([one for one in root.iter() if one.tag.endswith("circle")]) == 4
    assert "● memory <MB>" in {one.text for one in root.iter()}
