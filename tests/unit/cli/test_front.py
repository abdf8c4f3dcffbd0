"""The version and the help are answered before click is loaded, in the very words of click."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import termios
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import pytest

from reconciler import __version__
from reconciler.cli.generate import READY, help_at, ready
from reconciler.cli.ready import HELP

ROOT = Path(__file__).parents[3]
MAIN = "import sys; from reconciler.cli.main import main; sys.argv[0] = 'reconciler'; main()"
HEAVY = {"click", "pydantic", "dataclasses", "inspect", "pathlib", "importlib.metadata", "typing_extensions"}


def _environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "PYTHONPATH")}
    return {**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm", **more}


def _said(*words: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", MAIN, *words],
        check=True,
        env=_environment(**environment),
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return done.stdout


def test_what_is_ready_is_fresh() -> None:
    """When this fails: `make generate`, and commit what changed."""
    assert READY.read_text() == ready()


@pytest.mark.parametrize("width", HELP)
def test_the_help_that_is_ready_is_what_click_says(width: int) -> None:
    assert HELP[width] == help_at(width) == _said("--help", COLUMNS=str(width)), "COLUMNS is left to click"


def test_without_a_terminal_the_help_is_80_wide() -> None:
    assert _said("--help") == _said("-h") == HELP[80]


@pytest.mark.parametrize(("columns", "width"), [(137, 100), (100, 100), (80, 80), (61, 61)])
def test_on_a_terminal_the_help_is_as_wide_as_click_makes_it(columns: int, width: int) -> None:
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, columns))
    process = subprocess.Popen([sys.executable, "-c", MAIN, "--help"], env=_environment(), stdout=slave)
    os.close(slave)
    said = b""
    with process, suppress(OSError):  # a terminal that everybody left
        while part := os.read(master, 4096):
            said += part
    os.close(master)
    assert said.decode().replace("\r", "") == help_at(width)


def test_the_version_is_that_of_the_package() -> None:
    assert _said("--version") == f"reconciler {__version__}\n"
    assert version("backup-reconciler") == __version__
    assert _said("--no-color", "--version") == f"reconciler {__version__}\n", "as click says it"


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_nothing_heavy_is_loaded_for_it(word: str) -> None:
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", MAIN, word], check=True, env=_environment(), capture_output=True
    )
    loaded = set(re.findall(r"\| +(\S+)$", told.stderr.decode(), re.MULTILINE))
    assert "reconciler.cli.front" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize(("where", "code"), [(">/dev/full", 1), (">&-", 0), ("| true", 0)])
@pytest.mark.parametrize("word", ["--version", "--help"])
def test_where_nothing_can_be_written_the_exit_code_says_it(word: str, where: str, code: int) -> None:
    words = f'set -o pipefail; "$0" -c "$1" {word} {where}'
    done = subprocess.run(
        ["bash", "-c", words, sys.executable, MAIN], check=False, env=_environment(), capture_output=True, text=True
    )
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == code
