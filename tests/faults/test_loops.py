"""Many reconcilers on one catalog and one repository, and one that sleeps while another does its work."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from reconciler.errors import LeaderElsewhere
from reconciler.observed.attempts import Outcome
from tests.e2e.world import World, make_world
from tests.faults.history import made, stored, told, unkept
from tests.faults.passing import start_pass, wait_for
from tests.faults.recording import Witness
from tests.lab.require import require

SLEEPS = """\
#!/bin/sh
# A backup waits while the file "slow" exists, like one of terabytes.
case "$*" in
*"backup "*asset=*) [ -e {root}/slow ] && touch {root}/waiting; while [ -e {root}/slow ]; do sleep 0.02; done ;;
esac
exec {restic} "$@"
"""
LOOPS = 8
NOT_LEADER = "error not-leader: "


def world_of(folder: Path, **settings: str) -> World:
    """One asset in one repository, at one fixed time of day, so that no slot begins between two passes."""
    if "restic" in settings:
        Path(settings["restic"]).symlink_to(require("restic"))
    world = make_world(folder, **settings)
    world.shift = datetime(2026, 11, 25, 12, tzinfo=UTC) - datetime.now(UTC)
    world.data("docs")
    world.policy.commit({"policy.yaml": world.head(last=900), "docs.yaml": world.asset("docs")})
    assert told(world.pass_()) == []
    return world


def config_of(world: World, number: int, *, own_state: bool) -> Path:
    """The settings of a loop: the same catalog for all, and the same state folder or one of its own."""
    config = world.folder / "host" / "reconciler.yaml"
    if not own_state:
        return config
    state = world.folder / "state"
    text = config.read_text().replace(f"state: {state}\n", f"state: {world.folder}/state-{number}\n")
    own = config.with_name(f"reconciler-{number}.yaml")
    own.write_text(f"{text}catalog: sqlite:///{state}/catalog.db\nkeyFile: {state}/host-key\n")
    return own


def one_round(world: World, configs: list[Path], name: str) -> str:
    """Eight at once, and again all that were told that another leads, until each has led; all that they said."""
    said, number = "", 0
    while configs:
        logs = [world.folder / f"{name}-{(number := number + 1)}" for _ in configs]
        passes = [start_pass(config, world.shift, log) for config, log in zip(configs, logs, strict=True)]
        codes = [wait_for(one) for one in passes]
        texts = [log.read_text() for log in logs]
        assert 0 in codes, texts
        assert all(NOT_LEADER in text for text, code in zip(texts, codes, strict=True) if code), texts
        configs = [config for config, code in zip(configs, codes, strict=True) if code]
        said += "".join(texts)
    assert "Traceback" not in said, said
    return said


def race(world: World, rounds: int, witness: Witness, *, own_state: bool) -> None:
    """In each round a slot begins, and eight processes make their passes."""
    configs = [config_of(world, number, own_state=own_state) for number in range(LOOPS)]
    for number in range(rounds):
        world.later_than_next_slot("docs", "local")
        held = stored(world, "local")
        said = one_round(world, configs, f"log-{number}")
        assert len(stored(world, "local") - held) == 1, "one backup of the slot"
        assert said.count("start backup docs") == 1, "and one attempt"
        witness.count("rounds")
        witness.count("passes", LOOPS)
        witness.count("told that another leads", said.count(NOT_LEADER))
    with world.desk() as desk:
        attempts = desk.catalog.attempts("docs", "local")
    assert Counter(one.outcome for one in attempts) == {Outcome.SUCCEEDED: rounds + 1}
    assert unkept(world.pass_()) == {}


SHARED = [pytest.param(False, id="one state folder"), pytest.param(True, id="state folders of their own")]


@pytest.mark.parametrize("own_state", SHARED)
def test_eight_loops_on_one_catalog_and_one_repository_make_one_backup_a_slot(
    tmp_path: Path, own_state: bool, witness: Witness
) -> None:
    race(world_of(tmp_path), 3, witness, own_state=own_state)


@pytest.mark.sweep
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("own_state", SHARED)
def test_eight_loops_for_two_hundred_rounds_make_one_backup_a_slot(
    tmp_path: Path, own_state: bool, witness: Witness
) -> None:
    race(world_of(tmp_path), 200, witness, own_state=own_state)


def sleeping(world: World) -> ForkServerProcess:
    """A pass that is stopped in the middle of its first backup, with another one still before it."""
    slow = world.folder / "slow"
    slow.touch()
    sleeper = start_pass(world.folder / "host" / "reconciler.yaml", world.shift, world.folder / "sleeper")
    deadline = time.monotonic() + 120
    while not (world.folder / "waiting").exists():
        assert sleeper.is_alive() and time.monotonic() < deadline, (world.folder / "sleeper").read_text()
        time.sleep(0.02)
    assert sleeper.pid is not None
    os.kill(sleeper.pid, signal.SIGSTOP)
    slow.unlink()
    return sleeper


def wake(sleeper: ForkServerProcess) -> int:
    assert sleeper.pid is not None
    os.kill(sleeper.pid, signal.SIGCONT)
    return wait_for(sleeper)


@pytest.fixture
def two(tmp_path: Path) -> World:
    """Two assets, one action at a time; a slot of both has just begun."""
    world = world_of(tmp_path, restic=str(tmp_path / "restic"), concurrency="{total: 1}")
    shim = tmp_path / "restic"
    shim.unlink()
    shim.write_text(SLEEPS.format(root=tmp_path, restic=require("restic")))
    shim.chmod(0o755)
    world.data("more")
    world.policy.commit({"more.yaml": world.asset("more")})
    assert told(world.pass_()) == []
    world.later(hours=1)
    return world


def once(world: World, before: dict[str, set[str]]) -> None:
    """Each asset has one backup more, and all promises are kept."""
    world.later(minutes=2)
    assert unkept(world.pass_()) == {}
    for asset, held in before.items():
        assert held < stored(world, "local", asset)
        assert len(stored(world, "local", asset) - held) == 1, asset


def test_nobody_works_beside_a_leader_that_sleeps_and_it_goes_on_when_it_wakes(two: World) -> None:
    before = {name: stored(two, "local", name) for name in ("docs", "more")}
    sleeper = sleeping(two)
    with pytest.raises(LeaderElsewhere, match=f"pid {sleeper.pid} on"):
        two.pass_()
    assert wake(sleeper) == 0
    once(two, before)


def test_a_leader_whose_lock_was_cleared_while_it_slept_does_nothing_more_when_it_wakes(two: World) -> None:
    before = {name: stored(two, "local", name) for name in ("docs", "more")}
    sleeper = sleeping(two)
    (two.folder / "state" / "leader.lock").unlink()
    result = two.pass_()
    assert told(result) == []
    assert made(result), "the new leader does what the old one had not begun"
    assert wake(sleeper) == 1
    said = (two.folder / "sleeper").read_text()
    assert "was removed or replaced while this process led" in said and "Next: start it again" in said
    assert "start forget" not in said and "start prune" not in said
    once(two, before)
