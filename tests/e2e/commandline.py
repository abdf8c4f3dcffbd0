"""The command line as a user has it: in this process for many words, as a process of its own where that matters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.cli.main import run
from tests.e2e.world import World

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def items(self) -> list[dict[str, object]]:
        """The items of the JSON envelope."""
        found = json.loads(self.out)
        assert found["apiVersion"] == "backup/v1"
        assert str(found["kind"]).endswith("List")
        assert set(found) == {"apiVersion", "kind", "items"}
        assert isinstance(found["items"], list)
        return found["items"]


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Runs ``reconciler`` on a world; ``say`` in this process, ``start`` as a process of its own."""

    world: World
    capsys: pytest.CaptureFixture[str]

    @property
    def config(self) -> Path:
        """The host settings."""
        return self.world.folder / "host" / "reconciler.yaml"

    def say(self, *words: str, config: Path | None = None) -> Said:
        """One command, in this process."""
        self.capsys.readouterr()
        code = run(["--config", str(config or self.config), *words])
        told = self.capsys.readouterr()
        return Said(int(code), told.out, told.err)

    def start(self, *words: str, before: tuple[str, ...] = (), **environment: str) -> subprocess.Popen[str]:
        """One command as a process; ``before`` goes in front of the command's name."""
        return subprocess.Popen(
            [sys.executable, "-m", "reconciler", "--config", str(self.config), *before, *words],
            cwd=self.world.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def one_line(told: Said) -> str:
    """The single line of a failure, which is no traceback and no surprise."""
    lines = told.err.strip().splitlines()
    assert len(lines) == 1, told.err
    assert "Traceback" not in told.err
    assert "RECONCILER_TRACEBACK" not in told.err
    return lines[0]
