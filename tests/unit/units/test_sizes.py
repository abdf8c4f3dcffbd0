"""Sizes and shares: a unit is always written, and 20% never becomes 20 bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from reconciler.units.sizes import Share, Size, format_share, format_size, parse_share, parse_size, show_size

SIZE, SHARE = TypeAdapter(Size), TypeAdapter(Share)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0B", 0),
        ("1B", 1),
        ("1KiB", 1024),
        ("1MiB", 1024**2),
        ("2TiB", 2 * 1024**4),
        ("1PiB", 1024**5),
        ("1kB", 1000),
        ("1KB", 1000),
        ("2TB", 2 * 10**12),
        ("1.5GiB", 1_610_612_736),
        ("0.001kB", 1),
    ],
)
def test_a_size_is_a_number_with_its_unit(written: str, meant: int) -> None:
    assert parse_size(written) == meant


@pytest.mark.parametrize(
    "written",
    ["", "1", "1.5", "20%", "-1MiB", "1 MiB", "1mib", "1K", "1M", "1.MiB", ".5MiB", "1e3B", "10000000B", "1MiB\n",
     "1MiB\x00", "１MiB", True, None, 1.5],
)  # fmt: skip
def test_anything_else_is_no_size(written: object) -> None:
    with pytest.raises(ValueError, match="not a size"):
        parse_size(written)


@given(st.integers(0, 9_999_999), st.sampled_from([1, 1024, 1024**2, 1024**3, 1024**4, 1024**5]))
def test_a_size_survives_being_written(count: int, factor: int) -> None:
    assert parse_size(format_size(count * factor)) == count * factor
    assert SIZE.validate_python(SIZE.dump_python(count * factor)) == count * factor


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KiB"),
        (1_503_238_553, "1.4 GiB"),
        (150 * 1024**2, "150 MiB"),
        (2 * 1024**5, "2.0 PiB"),
    ],
)
def test_a_person_reads_three_digits(amount: int, shown: str) -> None:
    assert show_size(amount) == shown


@pytest.mark.parametrize(("written", "meant"), [("20%", 0.2), ("0%", 0.0), ("100%", 1.0), ("12.5%", 0.125)])
def test_a_share_has_its_sign(written: str, meant: float) -> None:
    assert parse_share(written) == meant


@pytest.mark.parametrize(
    "written", ["", "20", "0.2", "100.1%", "999%", "-5%", "5 %", "1.25%", "%", "20%\n", "２0%", 20, 1.5, True, None]
)
def test_anything_else_is_no_share(written: object) -> None:
    with pytest.raises(ValueError, match="share"):
        parse_share(written)


@given(st.integers(0, 1000))
def test_a_share_survives_being_written(tenths: int) -> None:
    assert parse_share(format_share(tenths / 1000)) == tenths / 1000
    assert SHARE.validate_python(SHARE.dump_python(tenths / 1000)) == tenths / 1000
