"""What is known of a local repository without asking restic: enough to spare calls, never to miss a change."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.engines.restic.local import fingerprint, holds_exactly

OURS, NEW, FOREIGN = "a" * 64, "b" * 64, "c" * 64


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The parts of a repository that are looked at, long ago."""
    folder = tmp_path / "repository"
    (folder / "snapshots").mkdir(parents=True)
    (folder / "snapshots" / OURS).touch()
    (folder / "config").write_text("config")
    for place in (folder / "snapshots", folder / "config"):
        os.utime(place, (1_700_000_000, 1_700_000_000))
    return folder


def _sign(folder: Path) -> str:
    found = fingerprint(folder)
    assert found is not None
    return found


def test_our_own_backup_is_the_only_change_when_the_ids_are_those_that_we_know(repository: Path) -> None:
    before = _sign(repository)
    (repository / "snapshots" / NEW).touch()
    assert _sign(repository) != before
    assert holds_exactly(repository, before, frozenset({OURS, NEW}))
    assert not holds_exactly(repository, before, frozenset({OURS}))
    assert not holds_exactly(repository, before, frozenset({OURS, NEW, FOREIGN}))


def _foreign(folder: Path) -> None:
    (folder / "snapshots" / FOREIGN).touch()


def _vanished(folder: Path) -> None:
    (folder / "snapshots" / OURS).unlink()


def _exchanged(folder: Path) -> None:
    (folder / "snapshots" / OURS).rename(folder / "snapshots" / FOREIGN)


def _half_written(folder: Path) -> None:
    (folder / "snapshots" / f"{FOREIGN}-tmp-123").touch()


def _another_config(folder: Path) -> None:
    (folder / "config").write_text("other!")


def _same_size_config(folder: Path) -> None:
    (folder / "new").write_text("CONFIG")
    os.utime(folder / "new", (1_700_000_000, 1_700_000_000))
    (folder / "new").rename(folder / "config")


def _other_folder(folder: Path) -> None:
    shutil.copytree(folder / "snapshots", folder / "others")
    (folder / "snapshots").rename(folder / "away")
    (folder / "others").rename(folder / "snapshots")


def _gone(folder: Path) -> None:
    shutil.rmtree(folder)


CHANGES = [
    _foreign,
    _vanished,
    _exchanged,
    _half_written,
    _another_config,
    _same_size_config,
    _other_folder,
    _gone,
]


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_else_changes_must_be_asked_for(repository: Path, change: Callable[[Path], None]) -> None:
    before = _sign(repository)
    (repository / "snapshots" / NEW).touch()
    change(repository)
    assert not holds_exactly(repository, before, frozenset({OURS, NEW}))
    assert fingerprint(repository) != before


def test_a_sign_that_an_earlier_version_kept_proves_nothing(repository: Path) -> None:
    assert not holds_exactly(repository, "1700000000.12.3.1700000000.13.6", frozenset({OURS}))
    assert not holds_exactly(repository, "", frozenset({OURS}))
