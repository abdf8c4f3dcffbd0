"""A large catalog is looked through once a day, a small one always, a doubted one at once."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.catalog.soundness import AT_ONCE, EVERY, check_is_due, doubt, note_sound

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    file = tmp_path / "catalog.db"
    file.touch()
    os.truncate(file, AT_ONCE + 1)
    return file


def test_a_small_file_is_checked_at_each_opening(tmp_path: Path) -> None:
    file = tmp_path / "catalog.db"
    file.write_bytes(b"x")
    note_sound(file, NOW)
    assert check_is_due(file, NOW)
    assert list(tmp_path.iterdir()) == [file]


def test_a_large_one_is_checked_once_a_day(large: Path) -> None:
    assert check_is_due(large, NOW)
    note_sound(large, NOW)
    assert not check_is_due(large, NOW)
    assert not check_is_due(large, NOW + EVERY - timedelta(seconds=1))
    assert check_is_due(large, NOW + EVERY)


def test_doubt_a_clock_that_went_back_and_a_broken_note_are_looked_into(large: Path) -> None:
    note_sound(large, NOW)
    assert check_is_due(large, NOW - timedelta(seconds=1))
    doubt(large)
    assert check_is_due(large, NOW)
    for text in ("", "yesterday", "2026-11-24T03:00:00"):
        large.with_name("catalog.db.sound").write_text(text)
        assert check_is_due(large, NOW)
