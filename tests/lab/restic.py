"""Runs the real restic in tests of the lab itself; tests of the engine go through the engine."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.lab.require import require


@dataclass(frozen=True, slots=True)
class Restic:
    """restic with one repository and one password; `options` go before every command."""

    repository: str
    password: str
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command and return whatever came of it."""
        own = {"RESTIC_REPOSITORY": self.repository, "RESTIC_PASSWORD": self.password}
        return subprocess.run(
            [require("restic"), *self.options, *arguments],
            env=dict(os.environ) | own | dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
        )

    def run(self, *arguments: str) -> str:
        """Run a command that must succeed; returns what it printed."""
        done = self.attempt(*arguments)
        assert done.returncode == 0, f"restic {' '.join(arguments)}: {done.returncode} {done.stderr}"
        return done.stdout

    def snapshots(self) -> list[dict[str, object]]:
        listed: list[dict[str, object]] = json.loads(self.run("snapshots", "--json", "--no-lock"))
        return listed
