"""Counts and flags are read from their own spelling: no yes, no 07, no 12:30."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from reconciler.units.scalars import Sentence, parse_count, parse_flag, parse_keep


@given(st.integers(0, 999_999_999))
def test_a_count_is_read_from_text_and_from_a_number(count: int) -> None:
    assert parse_count(str(count)) == count == parse_count(count)


@pytest.mark.parametrize(
    "value",
    [
        "-1",
        "-2",
        "07",
        "7.0",
        "+7",
        " 7",
        "7\n",
        "",
        "1_000",
        "1e3",
        "0x7",
        "12:30",
        "٧",
        "1" * 10,
        -1,
        7.0,
        True,
        None,
    ],
)
def test_anything_else_is_no_count(value: object) -> None:
    with pytest.raises(ValueError, match="not a"):
        parse_count(value)


def test_minus_one_keeps_without_limit_and_minus_two_is_an_error() -> None:
    assert parse_keep("-1") == -1 == parse_keep(-1)
    for value in ("-2", -2, "unlimited", "all"):
        with pytest.raises(ValueError, match="not a whole number"):
            parse_keep(value)


def test_a_number_of_five_thousand_digits_is_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match="not a whole number"):
        parse_count("9" * 5000)


@pytest.mark.parametrize(("value", "meant"), [("true", True), ("false", False), (True, True), (False, False)])
def test_a_flag_is_true_or_false(value: object, meant: bool) -> None:
    assert parse_flag(value) is meant


@pytest.mark.parametrize("value", ["yes", "no", "on", "off", "True", "FALSE", "y", "1", "0", "", 1, 0, None, []])
def test_anything_else_is_no_flag(value: object) -> None:
    with pytest.raises(ValueError, match="not a flag"):
        parse_flag(value)


def test_a_sentence_is_not_blank() -> None:
    sentence: TypeAdapter[str] = TypeAdapter(Sentence)
    assert sentence.validate_python("  before the upgrade ") == "before the upgrade"
    for value in ("", "   ", "x" * 501):
        with pytest.raises(ValidationError):
            sentence.validate_python(value)
