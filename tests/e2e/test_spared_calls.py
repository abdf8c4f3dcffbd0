"""restic is started where it can say something new, and a backup still counts only when its id was listed again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.commandline import CommandLine
from tests.e2e.world import World
from tests.lab.require import require

pytestmark = pytest.mark.slow


class _Recorder:
    """Stands in for restic in the settings, writes down what it is asked, and asks the real one."""

    def __init__(self, world: World) -> None:
        self._calls = world.folder / "calls"
        program = world.folder / "restic"
        program.write_text(f'#!/bin/sh\necho "$1" >> {self._calls}\nexec {require("restic")} "$@"\n')
        program.chmod(0o755)
        settings = world.folder / "host" / "reconciler.yaml"
        settings.write_text(settings.read_text() + f"restic: {program}\n")

    def calls(self) -> list[str]:
        """What was asked since the last time."""
        found = self._calls.read_text().split() if self._calls.exists() else []
        self._calls.unlink(missing_ok=True)
        return [word for word in found if word != "version"]


@pytest.fixture
def line(world: World, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    world.pass_()
    return CommandLine(world, capsys)


def test_after_our_own_backup_nothing_is_listed_again_but_that_backup(line: CommandLine) -> None:
    line.say("backup", "docs", "--repository", "local")
    recorder = _Recorder(line.world)
    for _ in range(2):
        assert line.say("backup", "docs", "--repository", "local").code == 0
        assert recorder.calls() == ["backup", "snapshots"]
    assert len(_snapshots(line.world)) == len(line.say("get", "backups", "--repository", "local", "-o", "json").items)


def test_what_a_stranger_did_meanwhile_is_seen_all_the_same(line: CommandLine) -> None:
    recorder = _Recorder(line.world)
    line.say("backup", "docs", "--repository", "local")
    gone = line.world.unmarked("docs", "local")[-1]
    (line.world.folder / "repositories" / "local" / "snapshots" / gone).unlink()
    recorder.calls()
    assert line.say("backup", "docs", "--repository", "local").code == 0
    assert recorder.calls() == ["cat", "list", "backup", "snapshots"]
    assert gone[:12] in line.say("describe", "repository/local").out


def _snapshots(world: World) -> list[Path]:
    return list((world.folder / "repositories" / "local" / "snapshots").iterdir())
