"""The trail of an attempt: it tells who lives, outlives a kill, and ends what a killed reconciler left running."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.errors import CatalogError
from reconciler.kit.process import Command, following, run, small_environment
from reconciler.kit.trails import Trails

LEAVES_A_TRAIL = """
import sys
from pathlib import Path
from reconciler.kit.process import Command, following, run, small_environment
from reconciler.kit.trails import Trails
with Trails(Path(sys.argv[1])).leave("one") as trail, following(trail):
    run(Command(("/bin/sh", "-c", sys.argv[2]), small_environment(), on_trail=sys.argv[3] == "written"))
"""
PATIENCE = timedelta(seconds=60)


def killed(folder: Path, script: str, ready: Path, how: str = "written") -> None:
    """A process that runs a shell script on a trail, killed as soon as the script has made ``ready``."""
    process = subprocess.Popen([sys.executable, "-c", LEAVES_A_TRAIL, str(folder), script, how])
    try:
        while not ready.exists():
            assert process.poll() is None
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()


def test_what_a_program_said_is_read_from_its_trail_while_it_runs_and_afterwards(tmp_path: Path) -> None:
    trails, script = Trails(tmp_path / "attempts"), "echo out; echo wrong >&2; printf end"
    with trails.leave("one") as trail:
        with following(trail):
            finished = run(Command(("/bin/sh", "-c", script), small_environment(), on_trail=True))
        said = trails.said("one")
        assert trails.lives("one")
    assert finished.stdout == ("out", "end")
    assert finished.stderr == ("wrong",)
    assert said is not None
    assert (said.stdout, said.stderr) == (finished.stdout, finished.stderr)
    assert abs(datetime.now(UTC) - said.at) < timedelta(minutes=10)
    assert trails.left() == ("one",)
    assert not trails.lives("one")
    trails.remove("one")
    assert trails.left() == ()
    assert trails.said("one") is None


def test_what_was_said_before_the_machine_started_anew_is_not_believed(tmp_path: Path) -> None:
    trails = Trails(tmp_path / "attempts")
    with trails.leave("one") as trail, following(trail):
        run(Command(("/bin/sh", "-c", "echo out; echo wrong >&2"), small_environment(), on_trail=True))
    said = trails.said("one")
    assert said is not None
    assert said.stderr == ("wrong",)
    errors = tmp_path / "attempts" / "one.errors"
    for damaged in ("", "an-earlier-start\nwrong\n", "wrong\n"):
        errors.write_text(damaged)
        assert trails.said("one") is None


def test_a_program_outlives_a_killed_reconciler_and_its_words_are_kept(tmp_path: Path) -> None:
    trails, ready = Trails(tmp_path / "attempts"), tmp_path / "ready"
    script = f"echo first; touch {ready}; while [ -e {ready} ]; do sleep 0.05; done; echo last"
    killed(tmp_path / "attempts", script, ready)
    assert trails.left() == ("one",)
    assert trails.lives("one")
    ready.unlink()
    assert trails.wait("one", PATIENCE)
    said = trails.said("one")
    assert said is not None
    assert said.stdout == ("first", "last")


def test_an_orphan_is_asked_to_end_and_killed_when_it_does_not(tmp_path: Path) -> None:
    trails, ready = Trails(tmp_path / "attempts"), tmp_path / "ready"
    deaf = f"trap '' TERM; touch {ready}; while :; do sleep 0.05; done"
    killed(tmp_path / "attempts", deaf, ready, "inherited")
    assert trails.lives("one")
    assert not trails.wait("one", timedelta(seconds=0.2))
    assert trails.end("one", timedelta(seconds=0.5))
    assert not trails.lives("one")


def test_a_trail_is_inherited_only_within_its_block(tmp_path: Path) -> None:
    trails = Trails(tmp_path / "attempts")
    with trails.leave("one") as trail:
        with following(trail):
            inside = run(Command(("/bin/ls", "/proc/self/fd"), small_environment()))
        outside = run(Command(("/bin/ls", "/proc/self/fd"), small_environment()))
    assert str(trail.stdout) in inside.stdout
    assert str(trail.stdout) not in outside.stdout


def test_the_second_program_on_a_trail_is_heard_alone_and_both_are_written(tmp_path: Path) -> None:
    trails = Trails(tmp_path / "attempts")
    with trails.leave("one") as trail, following(trail):
        heard = [run(Command(("/bin/echo", word), small_environment(), on_trail=True)).stdout for word in ("a", "b")]
        said = trails.said("one")
    assert heard == [("a",), ("b",)]
    assert said is not None
    assert said.stdout == ("a", "b")


def test_a_folder_that_cannot_hold_a_trail_is_one_clear_error(tmp_path: Path) -> None:
    trails = Trails(tmp_path / "attempts")
    (tmp_path / "attempts").rmdir()
    with pytest.raises(CatalogError, match="cannot hold the trail"), trails.leave("one"):
        pass
