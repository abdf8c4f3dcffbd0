"""Whole passes over a repository that was really damaged, changed or taken away, and then mended."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.obligations.parts import parts_of
from reconciler.operations.doctoring.accepting import accept_vanished
from tests.e2e.commandline import CommandLine
from tests.e2e.world import World
from tests.faults.history import History, deleted, made, make_history, stopped, stored, told, unkept
from tests.faults.recording import Witness
from tests.lab.disk import flip_a_bit
from tests.lab.repositories import make_repository

CHECKED = "integrity local/structure"
LOOKED = "repository local"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return make_history(tmp_path_factory.mktemp("repository") / "world")


@pytest.fixture
def world(history: History) -> World:
    return history.fresh()


def local(world: World) -> Path:
    return world.folder / "repositories" / "local"


def files(world: World, kind: str) -> list[Path]:
    """The files of a kind; of data the largest, which holds what all backups share; of snapshots the newest."""
    if kind == "config":
        return [local(world) / kind]
    found = [file for file in (local(world) / kind).rglob("*") if file.is_file()]
    if kind == "data":
        return [max(found, key=lambda file: file.stat().st_size)]
    if kind == "snapshots":
        return [max(found, key=lambda file: file.stat().st_mtime_ns)]
    return found


def halve(file: Path) -> None:
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def flip_everywhere(file: Path) -> None:
    """A bit in every sixteenth byte, so that no part of a pack stays whole."""
    content = bytearray(file.read_bytes())
    content[::16] = bytes(byte ^ 1 for byte in content[::16])
    file.chmod(0o600)
    file.write_bytes(content)


def put_back(world: World, good: Path) -> None:
    """Every file of the good copy that is gone or another; what came since stays."""
    for file in good.rglob("*"):
        there = local(world) / file.relative_to(good)
        if file.is_dir():
            there.mkdir(exist_ok=True, parents=True)
    for file in (one for one in good.rglob("*") if one.is_file()):
        there = local(world) / file.relative_to(good)
        if not there.exists() or there.read_bytes() != file.read_bytes():
            there.unlink(missing_ok=True)
            shutil.copy2(file, there)


@dataclass(frozen=True, slots=True)
class Harm:
    """What is done to files of a kind, which promise breaks at the next pass and with which code."""

    name: str
    kind: str
    act: Callable[[Path], object]
    promise: str
    code: str
    sweep: bool = False


HARMS = (
    Harm("truncated pack", "data", halve, CHECKED, "unsound"),
    Harm("deleted pack", "data", Path.unlink, CHECKED, "unsound", sweep=True),
    Harm("flipped bit in index", "index", flip_a_bit, CHECKED, "unsound", sweep=True),
    Harm("deleted index", "index", Path.unlink, CHECKED, "unsound"),
    Harm("flipped bit in a known snapshot", "snapshots", flip_a_bit, CHECKED, "unsound"),
    Harm("flipped bit in config", "config", flip_a_bit, LOOKED, "unreachable"),
    Harm("flipped bit in key", "keys", flip_a_bit, LOOKED, "unreachable", sweep=True),
)


def of_harm(harm: Harm) -> object:
    return pytest.param(harm, id=harm.name, marks=[pytest.mark.sweep] if harm.sweep else [])


@pytest.mark.parametrize("harm", [of_harm(harm) for harm in HARMS])
def test_damage_is_told_stops_all_deletions_and_ends_when_it_is_mended(
    world: World, harm: Harm, tmp_path: Path, witness: Witness
) -> None:
    good = tmp_path / "good"
    shutil.copytree(local(world), good)
    for file in files(world, harm.kind):
        harm.act(file)
    first = world.pass_()
    told(first)
    assert unkept(first)[harm.promise] == harm.code
    before = stored(world, "local") if harm.promise == CHECKED else set()
    world.later(hours=1)
    second = world.pass_()
    told(second)
    assert unkept(second)[harm.promise] == harm.code
    assert deleted(second, "local") == []
    assert "second" in {parts_of(one.action)[1] for one in second.done if not one.error}, "elsewhere all goes on"
    if harm.promise == CHECKED:
        assert stopped(second, "local") == {"observation"}
        assert ("docs", "local") in made(second) or harm.kind == "index"
    put_back(world, good)
    assert before <= stored(world, "local"), "nothing is deleted where something is known to be damaged"
    mend(world)
    witness.count(f"mended {harm.name}")


def mend(world: World) -> None:
    """A day later, when an unsound check comes again, everything is kept and goes on."""
    world.later(hours=25)
    result = world.pass_()
    assert told(result) == []
    assert unkept(result) == {}
    assert ("docs", "local") in made(result)
    world.later(hours=1)
    assert unkept(world.pass_()) == {}


def test_flipped_bits_in_what_a_restore_needs_are_never_called_a_success(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in (local(world) / "data").rglob("*"):
        if file.is_file():
            flip_everywhere(file)
    line = CommandLine(world, capsys)
    said = line.say("restore", "docs", "--repository", "local", "--target", str(world.folder / "out"))
    assert said.code == 1
    assert "Next: " in said.err and "Traceback" not in said.err
    other = line.say("restore", "docs", "--repository", "second", "--target", str(world.folder / "other"))
    assert other.code == 0, other.err


def test_an_older_copy_put_back_is_told_loses_nothing_more_and_goes_on_when_accepted(world: World) -> None:
    kept = stored(world, "local")
    shutil.copytree(local(world), world.folder / "older")
    for _ in range(2):
        world.pass_()
        world.later(hours=1)
    assert stored(world, "local") != kept
    shutil.rmtree(local(world))
    (world.folder / "older").rename(local(world))
    rolled_back = world.pass_()
    assert told(rolled_back) == []
    assert unkept(rolled_back)[LOOKED] == "vanished"
    assert ("docs", "local") in made(rolled_back)
    assert deleted(rolled_back, "local") == [] and stopped(rolled_back, "local") == {"observation"}
    assert kept < stored(world, "local")
    accept_vanished(world.settings, "local", "tester", "an older copy was put back")
    world.later(hours=1)
    assert unkept(world.pass_()) == {}


@pytest.mark.sweep
def test_a_deleted_snapshot_stops_deletions_until_it_is_back(world: World, tmp_path: Path) -> None:
    [newest] = files(world, "snapshots")
    newest.rename(tmp_path / newest.name)
    result = world.pass_()
    assert unkept(result)[LOOKED] == "vanished"
    assert ("docs", "local") in made(result)
    assert deleted(result, "local") == []
    shutil.copy2(tmp_path / newest.name, newest)
    mend(world)


@pytest.mark.sweep
def test_a_swapped_repository_gets_nothing_until_the_right_one_is_back(world: World) -> None:
    held = stored(world, "local")
    local(world).rename(world.folder / "right")
    other = make_repository(world.folder / "other", world.key.read_text()).path
    other.rename(local(world))
    for _ in range(2):
        result = world.pass_()
        told(result)
        assert unkept(result)[LOOKED] == "changed"
        assert not any(parts_of(one.action)[1] == "local" for one in result.done)
        assert list((local(world) / "snapshots").iterdir()) == []
        world.later(hours=1)
    local(world).rename(world.folder / "wrong")
    (world.folder / "right").rename(local(world))
    assert stored(world, "local") == held
    mend(world)


@pytest.mark.sweep
def test_a_missing_repository_is_backed_up_elsewhere_and_taken_up_again_when_it_is_back(world: World) -> None:
    local(world).rename(world.folder / "away")
    seen = set()
    for _ in range(3):
        result = world.pass_()
        told(result)
        assert unkept(result)[LOOKED] == "missing"
        assert not local(world).exists()
        seen |= set(made(result))
        world.later(hours=1)
    assert ("docs", "second") in seen, "what cannot be copied any more is backed up directly"
    (world.folder / "away").rename(local(world))
    mend(world)
