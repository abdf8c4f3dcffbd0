"""Lines out of chunks: however the bytes arrive, the lines are the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.kit.lines import LONGEST, LineSplitter


def split(chunks: list[bytes]) -> list[bytes]:
    splitter = LineSplitter()
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return lines + splitter.rest()


@given(st.lists(st.binary(max_size=8).map(lambda text: text.replace(b"\r", b"\n")), max_size=12))
def test_chunks_make_no_difference(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    expected = whole.split(b"\n")
    assert split(chunks) == expected[:-1] + ([expected[-1]] if expected[-1] else [])


def test_a_line_longer_than_a_mebibyte_is_cut_and_the_next_one_is_whole() -> None:
    chunks = [b"x" * 300_000] * 8 + [b"\nnext\n"]
    assert split(chunks) == [b"x" * LONGEST, b"next"]


def test_a_long_line_in_one_chunk_is_cut_too() -> None:
    assert split([b"x" * (LONGEST + 5) + b"\nnext"]) == [b"x" * LONGEST, b"next"]


def test_an_endless_line_keeps_its_first_mebibyte() -> None:
    assert split([b"x" * LONGEST, b"y" * LONGEST]) == [b"x" * LONGEST]
