"""The verdict at birth: exit 0 is no proof, an empty or shrunken backup never counts, and a baseline is earned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.observed.backup import Verdict
from reconciler.observed.judge import (
    Baseline,
    CaptureResult,
    Expectations,
    Flaw,
    Judgement,
    judge,
)

BEFORE = Baseline(files=100, size=1000)
results = st.builds(
    CaptureResult,
    st.booleans(),
    st.integers(0, 300),
    st.integers(0, 3000),
    st.lists(st.sampled_from(["/a", "/b", "/c"]), max_size=4).map(tuple),
)
expectations = st.builds(Expectations, st.integers(0, 3000), st.none() | st.floats(0, 1), st.integers(0, 4))
baselines = st.none() | st.builds(Baseline, st.integers(0, 300), st.integers(0, 3000))


def _flaws(judgement: Judgement) -> list[Flaw]:
    return [reason.flaw for reason in judgement.reasons]


def test_a_whole_backup_is_complete() -> None:
    assert judge(CaptureResult(False, 100, 1000), Expectations(), BEFORE) == Judgement(Verdict.COMPLETE, False)


@pytest.mark.parametrize(("files", "size"), [(0, 0), (0, 1000), (1, 0)])
@pytest.mark.parametrize("baseline", [None, BEFORE])
def test_an_empty_backup_is_suspicious_even_as_the_first(files: int, size: int, baseline: Baseline | None) -> None:
    judgement = judge(CaptureResult(False, files, size), Expectations(maximum_shrink=1.0), baseline)
    assert (judgement.verdict, judgement.suspicious, _flaws(judgement)) == (Verdict.COMPLETE, True, [Flaw.EMPTY])
    assert not judgement.counts


def test_an_empty_dump_with_a_failed_reader_is_degraded_and_suspicious() -> None:
    judgement = judge(CaptureResult(True, 1, 0), Expectations(), None)
    assert (judgement.verdict, judgement.suspicious) == (Verdict.DEGRADED, True)
    assert _flaws(judgement) == [Flaw.PARTIAL, Flaw.EMPTY]


def test_a_partial_backup_is_degraded_and_not_suspicious() -> None:
    judgement = judge(CaptureResult(True, 99, 990, ("/srv/locked",)), Expectations(), BEFORE)
    assert (judgement.verdict, judgement.suspicious) == (Verdict.DEGRADED, False)
    assert judgement.reasons[0].text == "1 unreadable (/srv/locked)"


def test_known_unreadable_files_leave_a_backup_complete() -> None:
    three = CaptureResult(True, 97, 990, ("/a", "/b", "/c"))
    tolerated = judge(three, Expectations(tolerate_unreadable=3), BEFORE)
    assert tolerated.counts
    assert tolerated.reasons[0].text == "3 unreadable (/a, /b, /c), 3 tolerated"
    assert judge(three, Expectations(tolerate_unreadable=2), BEFORE).verdict is Verdict.DEGRADED


@pytest.mark.parametrize("tolerated", [0, 3, 1000])
def test_a_partial_backup_that_names_no_file_is_degraded_whatever_is_tolerated(tolerated: int) -> None:
    judgement = judge(CaptureResult(True, 100, 1000), Expectations(tolerate_unreadable=tolerated), BEFORE)
    assert judgement.verdict is Verdict.DEGRADED


def test_unreadable_files_degrade_even_when_the_engine_exits_0() -> None:
    assert judge(CaptureResult(False, 99, 990, ("/a",)), Expectations(), BEFORE).verdict is Verdict.DEGRADED


def test_a_backup_below_the_minimum_size_is_suspicious() -> None:
    expect = Expectations(minimum_size=1024**2)
    judgement = judge(CaptureResult(False, 1, 1024**2 - 1), expect, None)
    assert judgement.suspicious
    assert _flaws(judgement) == [Flaw.TOO_SMALL]
    assert not judge(CaptureResult(False, 1, 1024**2), expect, None).suspicious


@pytest.mark.parametrize(
    ("files", "size", "shrink", "suspicious"),
    [
        (100, 500, None, False),
        (100, 499, None, True),
        (50, 1000, None, False),
        (49, 1000, None, True),
        (100, 800, 0.2, False),
        (100, 799, 0.2, True),
        (100, 999, 0.0, True),
        (1, 1, 1.0, False),
        (500, 9000, 0.0, False),
    ],
)
def test_a_shrink_beyond_what_is_expected_is_suspicious(
    files: int, size: int, shrink: float | None, suspicious: bool
) -> None:
    judgement = judge(CaptureResult(False, files, size), Expectations(maximum_shrink=shrink), BEFORE)
    assert judgement.suspicious is suspicious


def test_a_shrink_is_told_with_its_numbers() -> None:
    judgement = judge(CaptureResult(False, 20, 1000), Expectations(), BEFORE)
    assert judgement.reasons[0].text == "shrank by 80% from 100 files to 20, at most 50% expected"


@given(results, expectations, baselines)
def test_what_does_not_count_says_why(result: CaptureResult, expect: Expectations, baseline: Baseline | None) -> None:
    judgement = judge(result, expect, baseline)
    assert judgement.suspicious or (result.files and result.size >= expect.minimum_size)
    assert bool(judgement.reasons) or judgement.counts


@given(results, expectations, baselines)
def test_a_larger_backup_is_never_judged_worse(
    result: CaptureResult, expect: Expectations, baseline: Baseline | None
) -> None:
    larger = CaptureResult(result.partial, result.files + 7, result.size + 700, result.unreadable)
    assert judge(larger, expect, baseline).suspicious <= judge(result, expect, baseline).suspicious
    assert judge(larger, expect, baseline).verdict is judge(result, expect, baseline).verdict
