"""A world whose passes are killed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.e2e.world import World, make_world
from tests.faults.aftermath import SLOT, Aftermath
from tests.faults.passing import start_pass, wait_for
from tests.lab.require import require

STEPS = ("backup", "copy", "mark", "forget", "prune")
_WINDOW = "maintenance: {window: {cron: '*/15 * * * *', duration: 14m}}, medium:"
_PATIENCE = 60.0
_ROOT = Path(__file__).parents[2]


class How(StrEnum):
    """Who is killed: the pass alone, its restics with it, the restics alone, the next pass too; or two come next."""

    ALONE = "alone"
    BOTH = "both"
    ENGINE = "engine"
    TWICE = "twice"
    RACE = "race"


@dataclass(slots=True)
class Killing(Aftermath):
    """One world under a row of kills."""

    chance: random.Random = field(default_factory=random.Random)
    hits: Counter[str] = field(default_factory=Counter)
    usual: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STEPS, 1.0))
    logs: int = 0
    most_passes: int = 0

    @property
    def config(self) -> Path:
        return self.world.folder / "host" / "reconciler.yaml"

    def start(self) -> tuple[ForkServerProcess, Path]:
        """A pass begins, with a log of its own."""
        self.logs += 1
        log = self.world.folder / f"log-{self.logs:04}"
        return start_pass(self.config, self.world.shift, log), log

    def advance(self) -> None:
        """A slot later, with changed data."""
        self.world.shift += SLOT
        for name in ("a", "b"):
            (self.world.folder / "data" / name / "b").write_text(f"{self.chance.random():.16f}" * 250)

    # Killing

    def kill_in(self, step: str, how: How = How.ALONE) -> str:
        """Run a pass and kill at a random moment of this step; gives the step that was hit, or ``idle``."""
        before = self.newest_seq()
        process, log = self.start()
        if _wait_for_start(log, process, step, nth=self.chance.choice((1, 1, 1, 2, 3))):
            time.sleep(self.chance.uniform(0, self.usual[step]))
        if how is How.ENGINE:
            killed = self.kill_engines()
            assert wait_for(process) in ((0, 1) if killed else (0,)), log.read_text()
            return step if killed else "idle"
        process.kill()
        if how is How.BOTH:
            self.kill_engines()
        if wait_for(process) != -signal.SIGKILL:
            return "idle"
        hit = self._step_hit(before, log, step)
        self._disturb_the_next(how)
        return hit

    def kill_at(self, call: str, when: int, file: str = "", *, engines: bool = False) -> bool:
        """Run a pass under strace and kill whoever makes this system call so often; whether anybody was killed.

        ``when`` counts in each thread by itself; ``file`` of the state folder narrows it to calls on that file;
        ``engines``: the calls of restic count too, else it runs untraced.
        """
        self.logs += 1
        log, trace = (self.world.folder / f"{word}-{self.logs:04}" for word in ("log", "trace"))
        on_path = ["-P", str(self.world.folder / "state" / file)] if file else []
        command = [
            require("strace"),
            "-f",
            "-qq",
            *([] if engines else ["-b", "execve"]),
            "-o",
            str(trace),
            *on_path,
            "-e",
            f"trace={call}",
        ]
        command += ["-e", f"inject={call}:signal=SIGKILL:when={when}"]
        command += [sys.executable, "-m", "tests.faults.passing", str(self.config)]
        done = subprocess.run(
            [*command, str(self.world.shift.total_seconds()), str(log)],
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        killed = "killed by SIGKILL" in trace.read_text()
        assert killed or done.returncode == 0, f"{done.returncode} {done.stderr} {log.read_text()}"
        return killed

    def _disturb_the_next(self, how: How) -> None:
        """A second pass is killed as well while it settles or works, or two come at once."""
        if how is How.TWICE:
            process, _ = self.start()
            time.sleep(self.chance.uniform(0, 2 * self.usual["backup"]))
            process.kill()
            wait_for(process)
        elif how is How.RACE:
            racing = [self.start(), self.start()]
            codes = sorted(wait_for(process) for process, _ in racing)
            said = "".join(log.read_text() for _, log in racing)
            assert codes in ([0, 0], [0, 1], [1, 1]), codes
            assert said.count("error ") == said.count("error not-leader"), said

    def _step_hit(self, before: int, log: Path, wanted: str) -> str:
        """What was under way: an attempt without an end, or a mark that the board had begun."""
        open_ = {str(one.body["verb"]) for one in self.open_attempts() if one.seq > before}
        lines = [line.split() for line in log.read_text().splitlines()]
        marks = Counter(words[1] for words in lines if words[2:3] == ["mark"])
        if marks["start"] > marks["end"]:
            open_.add("mark")
        return wanted if wanted in open_ else min(open_, default="idle")

    def _learn(self, log: Path) -> None:
        """How long each step takes on this machine at this moment: where in it the next kill may come."""
        begun: dict[str, float] = {}
        lines = [line.split() for line in log.read_text().splitlines()]
        for at, word, verb, asset, repository, *_ in (words for words in lines if len(words) >= 5):
            target = f"{verb} {asset} {repository.rstrip(':')}"
            if word == "start":
                begun[target] = float(at)
            elif target in begun and verb in self.usual:
                self.usual[verb] = float(at) - begun[target]

    # What must hold

    def converge(self) -> None:
        """The next passes, nobody disturbing them: within three all is as if nothing had happened."""
        for number, minutes in enumerate((0, 2, 5), start=1):
            self.world.shift += timedelta(minutes=minutes)
            process, log = self.start()
            code = wait_for(process)
            self._learn(log)
            self.look()
            assert "Traceback" not in log.read_text(), log.read_text()
            if code == 0 and not self.lacking():
                self.most_passes = max(self.most_passes, number)
                break
        else:
            raise AssertionError(f"three passes did not mend it: {self.lacking()}\n{log.read_text()}")
        self.verify()


@contextmanager
def killing(seed: int) -> Iterator[Killing]:
    """A world with history enough that each pass backs up, copies, marks, forgets and prunes.

    It is removed when the block ends well; otherwise it stays, and its place and seed are printed.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"reconciler-kills-{seed}-"))
    found = Killing(_world(folder), chance=random.Random(seed))
    try:
        for _ in range(4):
            process, log = found.start()
            assert wait_for(process) == 0, log.read_text()
            found._learn(log)
            found.look()
            found.advance()
        found.verify()
        yield found
        for _ in range(2):
            found.advance()
            found.converge()
        assert not found.locks, f"locks left: {found.locks}"
        found.check_repositories()
    except BaseException:
        print(f"seed {seed}: the world is kept in {folder}, its newest log is log-{found.logs:04}")
        raise
    shutil.rmtree(folder)


def _world(folder: Path) -> World:
    world = make_world(folder, grace="1m", floor="{minimumRestored: 0, minimumAge: 1m}")
    for name in ("a", "b"):
        world.data(name)
    places = {"a": ("local", "second:local"), "b": ("local",)}
    policy = {"policy.yaml": world.head(last=2).replace("medium:", _WINDOW)}
    world.policy.commit(policy | {f"{name}.yaml": world.asset(name, *where) for name, where in places.items()})
    return world


def _wait_for_start(log: Path, process: ForkServerProcess, step: str, nth: int) -> bool:
    """Until the board has said so often that such a step starts; false when the pass ended before."""
    deadline = time.monotonic() + _PATIENCE
    while process.is_alive() and time.monotonic() < deadline:
        said = log.read_text().count(f" start {step} ") if log.exists() else 0
        if said >= nth or (said and nth > 1 and " end " in log.read_text()):
            return True
        time.sleep(0.001)
    return False
