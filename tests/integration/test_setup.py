"""The installer says what is missing, refuses a restic that would lose data, and never installs unasked."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[2] / "scripts" / "setup"


def setup(*arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    """Run the installer without a terminal and without YES."""
    return subprocess.run(
        [str(SETUP), *arguments],
        env={"PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def path_with_restic(folder: Path, version: str) -> str:
    restic = folder / "restic"
    restic.write_text(f"#!/bin/sh\necho 'restic {version} compiled with go1.24.4 on linux/amd64'\n")
    restic.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.mark.parametrize("version", ["0.17.0", "0.18.0", "0.18.1", "0.19.1", "0.20.0", "1.0.0"])
def test_a_sound_restic_is_accepted(tmp_path: Path, version: str) -> None:
    done = setup("--check", path=path_with_restic(tmp_path, version))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("0.14.0", "restic 0.14.0 is too old: 0.17 or newer is needed"),
        ("0.16.4", "restic 0.16.4 is too old: 0.17 or newer is needed"),
        ("0.19.0", "restic 0.19.0 counts and groups snapshots wrongly"),
        ("banana", "does not tell its version"),
    ],
)
def test_an_unsound_restic_is_refused_with_its_reason(tmp_path: Path, version: str, sentence: str) -> None:
    done = setup("--check", path=path_with_restic(tmp_path, version))
    assert done.returncode == 1
    assert sentence in done.stderr


def test_nothing_is_installed_when_nobody_can_answer(tmp_path: Path) -> None:
    done = setup("--development", path=path_with_restic(tmp_path, "0.16.4"))
    assert done.returncode == 1
    assert "nobody is here to answer: run YES=1 scripts/setup --development" in done.stderr
    assert done.stdout == ""


def test_an_unknown_option_is_wrong_usage() -> None:
    assert setup("--everything", path=os.environ["PATH"]).returncode == 2
