"""Files are whole or absent, private where they must be, and never written through a symlink."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.kit.fsio import (
    Space,
    UnsafePath,
    free_space,
    own_folder,
    private_folder,
    write_atomically,
)

_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from reconciler.kit.fsio import write_atomically
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_atomically(Path(sys.argv[1]), b"x" * 100_000)
except OSError as error:
    print(type(error).__name__)
"""


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_written_whole_with_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    write_atomically(file, "first", mode=0o644)
    write_atomically(file, b"second", mode=0o400)
    assert file.read_bytes() == b"second"
    assert mode_of(file) == 0o400
    assert [found.name for found in tmp_path.iterdir()] == ["page.md"]


def test_a_write_that_fails_halfway_keeps_the_old_file_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    write_atomically(file, "old")
    done = subprocess.run([sys.executable, "-c", _FULL_DISK, str(file)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "OSError"
    assert file.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["page.md"]


def test_nothing_is_written_through_a_symlink(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    link = tmp_path / "link"
    link.symlink_to(target)
    with pytest.raises(UnsafePath, match="symlink"):
        write_atomically(link, "overwritten")
    assert target.read_text() == "precious"


def test_a_pipe_in_place_of_the_file_is_refused_instead_of_hanging(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnsafePath, match="not a plain file"):
        write_atomically(tmp_path / "pipe", "text")


def test_a_private_folder_is_made_with_its_parents_and_closed_to_others(tmp_path: Path) -> None:
    assert mode_of(private_folder(tmp_path / "a" / "b")) == 0o700


def test_an_open_folder_is_tightened(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o755)
    own_folder(folder)
    assert mode_of(folder) == 0o755
    private_folder(folder)
    assert mode_of(folder) == 0o700


def test_a_symlink_is_no_private_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(UnsafePath, match="no folder"):
        private_folder(tmp_path / "link")


def test_free_space_is_that_of_the_nearest_folder_that_exists(tmp_path: Path) -> None:
    here = free_space(tmp_path)
    assert 0 < here.free <= here.total
    assert free_space(tmp_path / "not" / "yet").total == here.total


def test_a_file_system_without_a_size_counts_as_full() -> None:
    assert Space(total=0, free=0).share_free == 0.0
    assert Space(total=200, free=50).share_free == 0.25
