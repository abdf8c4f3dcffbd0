"""What of a policy source is not read protects nothing, and everybody who looks is told so by path and reason."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.e2e.commandline import CommandLine
from tests.e2e.world import World


@pytest.fixture
def line(world: World, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(world, capsys)


def _symlink(world: World) -> tuple[str, str]:
    (world.policy.path / "wiki.yaml").symlink_to(world.policy.write("shared/wiki.txt", world.asset("wiki")))
    return "wiki.yaml", "a symlink is not followed"


def _large(world: World) -> tuple[str, str]:
    world.policy.write("wiki.YAML", world.asset("wiki") + "#" * 2_000_000)
    return "wiki.YAML", "it is larger than 1 MiB"


@pytest.mark.slow
@pytest.mark.parametrize("make", [_symlink, _large])
def test_an_unread_asset_file_is_an_error_that_names_it_everywhere(
    line: CommandLine, make: Callable[[World], tuple[str, str]]
) -> None:
    world = line.world
    assert line.say("reconcile").code == 0
    path, why = make(world)
    world.data("wiki")
    told = line.say("validate", str(world.policy.path))
    assert (told.code, path in told.out, why in told.out, "[file-unread]" in told.out) == (1, True, True, True)
    world.policy.commit()
    for words in (["plan"], ["reconcile"], ["status"], ["status", "-o", "json"]):
        told = line.say(*words)
        assert path in told.out + told.err, (words, told)
        assert why in told.out + told.err, (words, told)
    assert line.say("reconcile").code == 1
    applied = [one for one in line.say("status", "-o", "json").items if one["promise"] == "applied"]
    assert [one["state"] for one in applied] == ["due"]
    assert line.say("status", "--check").code == 1
    (world.policy.path / path).unlink()
    world.policy.commit({"wiki.yaml": world.asset("wiki")})
    assert line.say("reconcile").code == 0
    assert world.facts("wiki", "local").backups


@pytest.mark.slow
def test_an_unread_folder_is_named_and_stops_nothing(line: CommandLine) -> None:
    world = line.world
    world.data("wiki")
    (world.policy.path / "assets").symlink_to("../elsewhere")
    world.policy.commit({"wiki.yaml": world.asset("wiki")})
    said = "assets (a symlink is not followed)"
    told = line.say("reconcile")
    assert (told.code, said in told.out) == (0, True), told
    assert world.facts("wiki", "local").backups, "an addition beside it never waits"
    told = line.say("plan")
    assert (told.code, said in told.err) == (0, True), told
    told = line.say("plan", "--policy", str(world.policy.path), "--format", "json")
    assert (json.loads(told.out)["policy"], f"Not read: {said}" in told.err) == ("test", True)
    applied = [one for one in line.say("status", "-o", "json").items if one["promise"] == "applied"]
    assert [(one["state"], said in str(one["why"])) for one in applied] == [("due", True)]
    told = line.say("validate", str(world.policy.path))
    assert (told.code, "[unread]" in told.out) == (0, True)
    assert line.say("validate", "--strict", str(world.policy.path)).code == 1
