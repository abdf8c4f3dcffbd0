"""A world whose passes are killed, and what must hold of it afterwards, read from repositories and journal directly."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.e2e.world import CANARY, World, make_world
from tests.faults.passing import start_pass, wait_for
from tests.lab.require import require
from tests.lab.restic import Restic

SLOT = timedelta(minutes=48)
"""Four fifths of the hour that the tier promises: each iteration has one due slot of each asset."""
STEPS = ("backup", "copy", "mark", "forget", "prune")
REPOSITORIES = ("local", "second")
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


@dataclass(frozen=True, slots=True)
class Noted:
    """A journal entry as it lies in the file."""

    seq: int
    kind: str
    body: dict[str, object]

    def listed(self, name: str) -> list[str]:
        found = self.body.get(name)
        return [str(one) for one in found] if isinstance(found, list) else []


@dataclass(slots=True)
class Killing:
    """One world under a row of kills. ``shift`` moves its clock; ``seen`` is every backup that was ever listed."""

    world: World
    chance: random.Random
    hits: Counter[str] = field(default_factory=Counter)
    seen: dict[str, dict[str, dict[str, object]]] = field(default_factory=lambda: {name: {} for name in REPOSITORIES})
    usual: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STEPS, 1.0))
    locks: dict[Path, int] = field(default_factory=dict)
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

    def engines(self) -> list[int]:
        """Every restic of this world that runs."""
        cache = f"--cache-dir={self.world.folder}/state/cache".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if cache in (process / "cmdline").read_bytes().split(b"\0"):
                    found.append(int(process.name))
            except OSError:
                continue
        return found

    def kill_engines(self) -> int:
        """SIGKILL for each of them; how many there were."""
        killed = 0
        for pid in self.engines():
            try:
                os.kill(pid, signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                continue
        return killed

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
            if code == 0 and not self._lacking():
                self.most_passes = max(self.most_passes, number)
                break
        else:
            raise AssertionError(f"three passes did not mend it: {self._lacking()}\n{log.read_text()}")
        self.verify()

    def verify(self) -> None:
        """Nothing twice, nothing gone unplanned, nothing left behind."""
        self._verify_slots()
        self._verify_copies()
        self._verify_deletions()
        for log in self.world.folder.glob("log-*"):
            assert "Traceback" not in log.read_text(), log.read_text()
        self._verify_locks()
        assert not self.open_attempts(), "an attempt never ended"
        assert not list((self.world.folder / "state" / "attempts").iterdir()), "a trail was left"
        assert not self.engines(), "a restic still runs"
        odd = [one for one in self.entries() if one.kind in ("vanished", "invalidated")]
        assert not odd, odd

    def check_repositories(self) -> None:
        """restic itself finds nothing wrong, every byte read."""
        for name in REPOSITORIES:
            restic = self._restic(name)
            done = restic.attempt("check", "--read-data")
            assert done.returncode == 0, done.stdout + done.stderr

    def look(self) -> None:
        """Remember what the repositories list now."""
        for name in REPOSITORIES:
            self.seen[name] |= {str(one["id"]): one for one in self._restic(name).snapshots()}

    def _lacking(self) -> list[str]:
        """Assets without a backup of their due slot, by the journal's own slots."""
        slots = self._slots()
        now = datetime.now(UTC) + self.world.shift
        lacking = []
        for asset, repository in (("a", "local"), ("b", "local")):
            made = [at for (one, place, at), count in slots.items() if (one, place) == (asset, repository) and count]
            if not made or max(made) + SLOT < now:
                lacking.append(f"{asset} in {repository}")
        newest = max(self._of("local", "a"), key=lambda one: str(one["time"]), default=None)
        if newest is None or newest["id"] not in {one.get("original") for one in self._of("second", "a")}:
            lacking.append("the copy of a in second")
        return lacking

    def _of(self, repository: str, asset: str) -> list[dict[str, object]]:
        return [one for one in self.seen[repository].values() if f"asset=test/{asset}" in _tags(one)]

    def _slots(self) -> Counter[tuple[str, str, datetime]]:
        """How many backups of each slot there ever were, of all those that attempts say they were for."""
        begun = {str(one.body["attempt"]): one.body for one in self.entries() if one.kind == "attempt-began"}
        counts: Counter[tuple[str, str, datetime]] = Counter()
        for name in REPOSITORIES:
            for snapshot in self.seen[name].values():
                if snapshot.get("original"):
                    continue
                attempt = next(tag.removeprefix("attempt=") for tag in _tags(snapshot) if tag.startswith("attempt="))
                assert attempt in begun, f"{snapshot['id']} in {name} is of an attempt that the journal does not know"
                body = begun[attempt]
                slot = datetime.fromisoformat(str(body["slot"]).replace("Z", "+00:00"))
                counts[str(body["asset"]), name, slot] += 1
        return counts

    def _verify_locks(self) -> None:
        """A dead restic's lock is cleared when the repository is needed alone: two slots later at the latest."""
        there = {
            file
            for name in REPOSITORIES
            for file in (self.world.folder / "repositories" / name / "locks").iterdir()
            # restic writes under another name first; what is left of that when it is killed is no lock.
            if "-tmp-" not in file.name
        }
        self.locks = {file: self.locks.get(file, 0) + 1 for file in there}
        stale = [file for file, times in self.locks.items() if times > 2]
        assert not stale, f"locks that nobody clears: {stale}"

    def _verify_slots(self) -> None:
        twice = {key: count for key, count in self._slots().items() if count != 1}
        assert not twice, f"more than one backup of a slot: {twice}"

    def _verify_copies(self) -> None:
        originals = Counter(str(one["original"]) for one in self.seen["second"].values() if one.get("original"))
        twice = {key: count for key, count in originals.items() if count != 1}
        assert not twice, f"copied more than once: {twice}"

    def _verify_deletions(self) -> None:
        entries = self.entries()
        for name in REPOSITORIES:
            there = {str(one["id"]) for one in self._restic(name).snapshots()}
            mine = [one for one in entries if one.body.get("repository") == name]
            intended = {found for one in mine if one.kind == "forget-intended" for found in one.listed("backups")}
            marked = {str(found) for one in mine if one.kind == "marked" for found in _marked(one)}
            unplanned = self.seen[name].keys() - there - (intended & marked)
            assert not unplanned, f"gone from {name}, and nobody planned it: {unplanned}"

    # The journal, read as a file

    def entries(self, after: int = 0) -> list[Noted]:
        path = self.world.folder / "state" / "journal.db"
        if not path.exists():
            return []
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
            rows = connection.execute("select seq, kind, body from entries where seq > ? order by seq", (after,))
            return [Noted(seq, kind, json.loads(body)) for seq, kind, body in rows]

    def newest_seq(self) -> int:
        return max((one.seq for one in self.entries()), default=0)

    def open_attempts(self) -> list[Noted]:
        entries = self.entries()
        ended = {one.body["attempt"] for one in entries if one.kind == "attempt-ended"}
        return [one for one in entries if one.kind == "attempt-began" and one.body["attempt"] not in ended]

    def _restic(self, name: str) -> Restic:
        return Restic(str(self.world.folder / "repositories" / name), CANARY, ("--no-lock", "--no-cache"))


@contextmanager
def killing(seed: int) -> Iterator[Killing]:
    """A world with history enough that each pass backs up, copies, marks, forgets and prunes.

    It is removed when the block ends well; otherwise it stays, and its place and seed are printed.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"reconciler-kills-{seed}-"))
    found = Killing(_world(folder), random.Random(seed))
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


def _tags(snapshot: dict[str, object]) -> list[str]:
    found = snapshot.get("tags")
    return [str(one) for one in found] if isinstance(found, list) else []


def _marked(entry: Noted) -> list[str]:
    found = entry.body.get("backups")
    return [str(one["backup"]) for one in found if isinstance(one, dict)] if isinstance(found, list) else []
