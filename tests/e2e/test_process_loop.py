"""``reconciler run`` as a real process: woken by commits, drained by signals, killed, and never out of step."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.execution.board import QuietBoard
from reconciler.execution.settling import end_orphans
from reconciler.operations.handing import hands_of
from reconciler.operations.policy_update import update_policy
from tests.e2e.commandline import ROOT, CommandLine
from tests.e2e.world import CANARY, World
from tests.lab.ports import free_port
from tests.lab.require import require

pytestmark = pytest.mark.slow

SHIM = """\
#!/bin/sh
# Dawdles before a verb while the file "slow-VERB" exists, like work on terabytes.
echo "$@" >> {root}/words-"$1"
echo "$1" >> {root}/started-"$1"
n=0; while [ -e {root}/slow-"$1" ] && [ $n -lt 6000 ]; do sleep 0.05; n=$((n+1)); done
exec {restic} "$@"
"""


@pytest.fixture
def line(world: World, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    line = CommandLine(world, capsys)
    _settings(line, url=str(world.policy.path), interval="10m")
    return line


def _settings(line: CommandLine, *, url: str, interval: str) -> None:
    root = line.world.folder
    shim = root / "host" / "restic"
    shim.write_text(SHIM.format(root=root, restic=require("restic")))
    shim.chmod(0o755)
    lines = [one for one in line.config.read_text().splitlines() if not one.startswith(("policy:", "restic", "listen"))]
    lines += [f"policy: {{url: {url}, interval: {interval}}}", f"restic: {shim}", f"listen: 127.0.0.1:{free_port()}"]
    line.config.write_text("\n".join(lines) + "\n")


def _wait(what: Callable[[], object], seconds: float = 240) -> None:
    """Until it is true. Far longer than a busy machine needs, and far shorter than the poll of ten minutes."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, "it did not happen"
        time.sleep(0.1)


class Loop:
    """A loop as a process of its own, its log in a file."""

    def __init__(self, line: CommandLine, *before: str) -> None:
        self.line = line
        self.log = line.world.folder / f"log-{time.monotonic_ns()}"
        with self.log.open("w") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "reconciler", "--config", str(line.config), *before, "run"],
                cwd=line.world.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
            )

    def said(self, word: str, times: int = 1) -> bool:
        assert self.process.poll() is None or word == "drained", self.log.read_text()
        return self.log.read_text().count(word) >= times

    def backing_up(self) -> bool:
        """With the documents; the reconciler's own state may come before them."""
        words = self.line.world.folder / "words-backup"
        return self.at_work("backup") and "--tag=asset=test/docs" in words.read_text()

    def at_work(self, verb: str) -> bool:
        return self.said("") and (self.line.world.folder / f"started-{verb}").exists()

    def settled(self) -> None:
        _wait(lambda: self.said(" pass: ") or self.said('"event": "pass"'))

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(240)


@contextmanager
def looping(line: CommandLine, *before: str) -> Iterator[Loop]:
    loop = Loop(line, *before)
    try:
        yield loop
    finally:
        if loop.process.poll() is None:
            loop.process.kill()
            loop.process.wait()
        text = loop.log.read_text()
        assert "Traceback" not in text
        assert "RECONCILER_TRACEBACK" not in text
        assert CANARY not in text


def _attempts(line: CommandLine, asset: str = "docs") -> list[dict[str, object]]:
    found = line.say("get", "attempts", "--asset", asset, "--repository", "local", "-o", "json")
    return found.items if found.code == 0 and found.out else []


def _backups(world: World, asset: str = "docs", repository: str = "local") -> int:
    return len(world.facts(asset, repository).backups)


def test_a_commit_leads_to_a_pass_long_before_the_poll_and_status_goes_on_beside(line: CommandLine) -> None:
    with looping(line) as loop:
        loop.settled()
        line.world.data("more")
        line.world.policy.commit({"more.yaml": line.world.asset("more")})
        _wait(lambda: loop.said("done  backup more"))
        for words in ("status", "plan", "get backups", "events", "runbook"):
            assert line.say(*words.split()).code == 0, words
        assert line.say("suspend", "quiet", "--for", "1h", "--reason", "tested", "--asset", "more").code == 0
        assert line.say("resume", "quiet").code == 0
        assert line.say("backup", "docs").code == 0
        assert line.say("restore", "docs", "--target", str(line.world.folder / "out")).code == 0
        for words in ("reconcile", "apply", "run"):
            told = line.say(words)
            assert told.code == 1
            assert "leads" in told.err
        line.world.policy.commit({"policy.yaml": line.world.head(last=2)})
        _wait(lambda: loop.said("wait", 1))
        planned = line.say("plan", "--format", "json")
        assert planned.code == 3
        assert line.say("approve", json.loads(planned.out)["lowerings"][0]["checksum"], "--reason", "ok").code == 0
        assert loop.end() == 0
        assert loop.said("drained")


def test_a_push_to_a_remote_is_picked_up_at_the_poll(line: CommandLine) -> None:
    world = line.world
    bare = world.folder / "bare.git"
    world.policy.git("clone", "--quiet", "--bare", str(world.policy.path), str(bare))
    _settings(line, url=bare.as_uri(), interval="1s")
    with looping(line) as loop:
        loop.settled()
        world.data("more")
        world.policy.commit({"more.yaml": world.asset("more")})
        world.policy.git("push", "--quiet", str(bare), "main")
        _wait(lambda: loop.said("done  backup more"))
        assert loop.end() == 0


def test_sigterm_lets_what_runs_finish_and_starts_nothing_more(line: CommandLine) -> None:
    slow = line.world.folder / "slow-backup"
    slow.touch()
    with looping(line) as loop:
        _wait(loop.backing_up)
        loop.process.send_signal(signal.SIGTERM)
        time.sleep(2)
        started = (line.world.folder / "started-backup").read_text().count("backup")
        slow.unlink()
        assert loop.process.wait(240) == 0
        assert loop.said("drained")
    assert (line.world.folder / "started-backup").read_text().count("backup") == started
    assert not any(one["outcome"] in ("running", "failed") for one in _attempts(line))
    assert not list((line.world.folder / "repositories").glob("*/locks/*"))
    assert line.say("reconcile").code == 0
    assert _backups(line.world) == 1


def test_a_second_sigterm_interrupts_cleanly_and_the_next_pass_converges(line: CommandLine) -> None:
    slow = line.world.folder / "slow-backup"
    slow.touch()
    with looping(line) as loop:
        _wait(loop.backing_up)
        loop.process.send_signal(signal.SIGTERM)
        # Two that come before the first is seen would be one.
        time.sleep(2)
        assert loop.end() == 0
        assert loop.said("drained")
    slow.unlink()
    assert "interrupted" in json.dumps(_attempts(line))
    assert not list((line.world.folder / "repositories").glob("*/locks/*"))
    line.world.later(minutes=5)
    assert line.world.pass_().failures == ()
    assert _backups(line.world) == 1


def test_the_backup_of_a_killed_loop_is_counted_when_restic_ends_it_and_made_only_once(line: CommandLine) -> None:
    slow = line.world.folder / "slow-backup"
    slow.touch()
    with looping(line) as loop:
        _wait(loop.backing_up)
        loop.process.kill()
        loop.process.wait()
    slow.unlink()
    result = line.world.pass_()
    assert result.failures == ()
    [attempt] = _attempts(line)
    assert attempt["outcome"] == "succeeded"
    [made] = line.world.facts("docs", "local").backups
    assert made.id == attempt["backup"]
    assert made.counted(made.time)
    assert line.world.facts("docs", "local").credit == 4
    assert not list((line.world.folder / "state" / "attempts").iterdir())
    assert line.say("status").code == 0


def test_a_copy_of_a_killed_loop_that_arrived_has_arrived_once(line: CommandLine) -> None:
    world = line.world
    slow = world.folder / "slow-copy"
    slow.touch()
    world.policy.commit({"docs.yaml": world.asset("docs", "local", "second:local")})
    with looping(line) as loop:
        _wait(lambda: loop.at_work("copy"))
        loop.process.kill()
        loop.process.wait()
    slow.unlink()
    assert world.pass_().failures == ()
    assert (_backups(world), _backups(world, repository="second")) == (1, 1)
    assert world.facts("docs", "second").credit == 4
    assert (world.folder / "started-copy").read_text().split() == ["copy"]


def test_what_a_killed_loop_left_running_for_too_long_is_ended_and_the_backup_made_once(line: CommandLine) -> None:
    slow = line.world.folder / "slow-backup"
    slow.touch()
    with looping(line) as loop:
        _wait(loop.backing_up)
        loop.process.kill()
        loop.process.wait()
    with line.world.desk() as desk:
        held = desk.catalog.enforced()
        assert held is not None
        hands = hands_of(desk, held[1], update_policy(desk), QuietBoard())
        end_orphans(hands, patience=timedelta(seconds=0.2))
        assert not any(desk.trails.lives(mark) for mark in desk.trails.left())
    slow.unlink()
    line.world.pass_()
    line.world.later(minutes=5)
    assert line.world.pass_().failures == ()
    assert [one["outcome"] for one in _attempts(line)] == ["succeeded", "abandoned"]
    assert _backups(line.world) == 1


def test_every_line_of_the_json_log_is_json(line: CommandLine) -> None:
    with looping(line, "--log", "json") as loop:
        loop.settled()
        line.world.policy.commit({"bad.yaml": "kind: ["})
        _wait(lambda: loop.said("stays enforced"))
        assert loop.end() == 0
    lines = [json.loads(one) for one in loop.log.read_text().splitlines()]
    assert {"ready", "started", "ended", "pass", "drained"} <= {one["event"] for one in lines}
    assert all({"time", "level", "event"} <= set(one) for one in lines)


def test_the_passphrase_is_in_no_process_file_or_output_of_a_whole_life(line: CommandLine) -> None:
    world = line.world
    seen: set[str] = set()

    def leaks() -> set[str]:
        found = set()
        for process in Path("/proc").glob("[0-9]*"):
            for part in ("cmdline", "environ"):
                try:
                    content = (process / part).read_bytes()
                except OSError:
                    continue
                if b"restic" in content and b"--password-file" in content:
                    seen.add("restic")
                if CANARY.encode() in content:
                    found.add(f"{process}/{part}")
        return found

    with looping(line, "--log", "json") as loop:
        bad: set[str] = set()
        deadline = time.monotonic() + 30
        while not loop.said('"event": "pass"') and time.monotonic() < deadline:
            bad |= leaks()
        assert bad == set()
        assert seen == {"restic"}, "no restic was caught at work"
        told = [line.say("backup", "docs"), line.say("restore", "docs", "--target", str(world.folder / "out"))]
        told += [line.say("plan", "--out", str(world.folder / "made.plan")), line.say("describe", "asset/docs")]
        world.key.chmod(0o600)
        world.key.write_text(f"{CANARY}-wrong")
        world.key.chmod(0o400)
        told += [line.say("backup", "docs"), line.say("status"), line.say("events"), line.say("runbook", "docs")]
        assert loop.end() == 0
    assert told[4].code == 1
    for one in told:
        assert CANARY not in one.out + one.err
    written = [loop.log, world.folder / "made.plan"]
    written += [*(world.folder / "state").rglob("*"), *(world.folder / "runbooks").rglob("*")]
    for file in written:
        if file.is_file():
            assert CANARY.encode() not in file.read_bytes(), file
