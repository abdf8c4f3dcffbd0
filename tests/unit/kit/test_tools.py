"""The programs that are needed: found with their version, refused when they cannot be trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import ToolMissing
from reconciler.kit.tools import find_restic, find_tool, refuse_restic


def make_shim(folder: Path, says: str) -> Path:
    shim = folder / "restic"
    shim.write_text(f"#!/bin/sh\n{says}\n")
    shim.chmod(0o755)
    return shim


def test_the_installed_restic_is_found_with_its_version() -> None:
    tool = find_restic()
    assert tool.path.is_absolute()
    assert tool.version >= (0, 17, 0)
    assert tool.spelled.count(".") == 2


@pytest.mark.parametrize("version", ["0.14.0", "0.16.5", "0.19.0"])
def test_a_restic_that_cannot_be_trusted_is_refused(tmp_path: Path, version: str) -> None:
    shim = make_shim(tmp_path, f"echo restic {version} compiled with go1.24.4 on linux/amd64")
    with pytest.raises(ToolMissing, match=version) as caught:
        find_restic(shim)
    assert "install restic" in str(caught.value)


@pytest.mark.parametrize("version", [(0, 17, 0), (0, 18, 0), (0, 18, 1), (0, 19, 1), (1, 0, 0)])
def test_other_versions_are_taken(version: tuple[int, int, int]) -> None:
    refuse_restic(version)


@pytest.mark.parametrize("says", ["echo hello", "exit 3", "echo restic 0.18.0; exit 1"])
def test_a_program_that_is_not_restic_is_refused(tmp_path: Path, says: str) -> None:
    with pytest.raises(ToolMissing, match="does not tell its version"):
        find_restic(make_shim(tmp_path, says))


def test_a_missing_program_says_how_to_go_on(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="Next: install") as caught:
        find_tool("no-such-program")
    assert "in PATH" in str(caught.value)
    with pytest.raises(ToolMissing, match="is not at"):
        find_restic(tmp_path / "restic")
