"""Whoever looks sees the policy in force, not the one that the next pass would enforce."""

from __future__ import annotations

import pytest

from tests.e2e.commandline import CommandLine
from tests.e2e.world import World


@pytest.fixture
def line(world: World, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(world, capsys)


def _applied(line: CommandLine) -> tuple[object, object]:
    [found] = [one for one in line.say("status", "-o", "json").items if one["promise"] == "applied"]
    return found["state"], found["code"]


def _assets(line: CommandLine) -> set[object]:
    return {one["name"] for one in line.say("get", "assets", "-o", "json").items}


@pytest.mark.slow
def test_status_never_calls_a_revision_enforced_that_no_pass_has_enforced(line: CommandLine) -> None:
    world = line.world
    assert line.say("plan").code == 0, "the head is in the mirror now"
    assert "No policy is enforced yet" in line.say("status").out
    assert _applied(line) == ("due", "not-yet-applied")
    assert line.say("reconcile").code == 0
    assert _applied(line) == ("met", "applied")
    world.data("wiki")
    head = world.policy.commit({"wiki.yaml": world.asset("wiki")})
    assert line.say("plan").code == 0
    told = line.say("status").out
    assert f"the head is {head[:12]}" in told
    assert f"{head[:12]} is enforced" not in told
    assert _applied(line) == ("due", "not-yet-applied")
    assert _assets(line) == {"docs", "reconciler-state"}
    assert line.say("reconcile").code == 0
    assert _applied(line) == ("met", "applied")
    assert _assets(line) == {"docs", "wiki", "reconciler-state"}
