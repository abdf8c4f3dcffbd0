"""A process that runs the loop's passes on a fleet and says what they cost: ``python -m bench.looping FOLDER WHAT``.

A process of its own, since memory and the first pass can be measured only once in each.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.fleets import Fleet, opened_fleet
from bench.hosts import Host, one_pass
from bench.measuring import Cost, Stopwatch, measured, middle, peak_memory
from bench.places import ROOT
from reconciler.gitops.watcher import SourceWatcher, watched_paths
from reconciler.kit.shipped import shipped_templates
from reconciler.obligations.actions import Action
from reconciler.obligations.limits import Limits
from reconciler.operations.alerting import after_pass
from reconciler.operations.desk import Desk
from reconciler.operations.passing import Pass
from reconciler.operations.places import in_force
from reconciler.operations.policy_update import update_policy
from reconciler.operations.standing import plan_now
from reconciler.operations.world import World
from reconciler.plan.plan import Plan
from tests.lab.gitrepository import GitRepository

STEADY = 10
COMMITS = 5

Said = dict[str, float]


@dataclass(frozen=True, slots=True)
class _Files:
    """What a pass that has nothing to do must leave as it is."""

    sizes: tuple[int, ...]

    @classmethod
    def of(cls, host: Host) -> _Files:
        files = (
            Path(host.settings.state) / name
            for name in ("catalog.db", "catalog.db-wal", "journal.db", "journal.db-wal")
        )
        return cls(tuple(file.stat().st_size if file.exists() else 0 for file in files))


def passes(fleet: Fleet, started: float) -> Said:
    """The first pass after a start, counted from ``started`` (the monotonic clock), then some with nothing to do."""
    opening = time.monotonic()
    with fleet.host.desk(fleet.clock) as desk:
        opened = time.monotonic()
        _quiet_pass(desk)
        ended = time.monotonic()
        peak, before, seq = peak_memory(), _Files.of(fleet.host), desk.catalog.standings.newest()
        watch = Stopwatch()
        for _ in range(STEADY):
            with measured(watch):
                _quiet_pass(desk)
        wrote = before != _Files.of(fleet.host) or seq != desk.catalog.standings.newest()
    steady = middle(watch.costs)
    said = {"first": ended - started, "opening": opened - opening, "pass": ended - opened, "peak": peak}
    return said | {"cpu": steady.cpu, "wall": steady.wall, "wrote": float(wrote), "later": peak_memory()}


def _quiet_pass(desk: Desk) -> None:
    done = one_pass(desk).done
    if done:
        raise RuntimeError(f"there was something to do: {done[0].action}")


def nothing(fleet: Fleet, _started: float) -> Said:
    """Everything assessed and planned by a world that knows nothing yet."""
    with fleet.host.desk(fleet.clock) as desk:
        state = update_policy(desk, record=False)
        if state.policy is None:
            raise RuntimeError(state.facts.problem)
        policy = in_force(desk, state.policy)
        desk.world = World(desk.catalog, Limits.of(desk.settings), shipped_templates(), "bench")
        with measured() as watch:
            plan = plan_now(desk, policy, state)
    if plan.actions:
        raise RuntimeError(f"there was something to do: {plan.actions[0]}")
    return {"wall": watch.cost.wall, "cpu": watch.cost.cpu, "peak": peak_memory(), "promises": len(plan.assessments)}


def commit(fleet: Fleet, _started: float) -> Said:
    """From the moment in which a branch moves to a finished plan, as the loop hears of it; pages are not written."""
    wake, stop = threading.Event(), threading.Event()
    walls: list[Cost] = []
    woken: list[Cost] = []
    source = fleet.host.policy
    with fleet.host.desk(fleet.clock) as desk:
        one_pass(desk)
        with SourceWatcher(watched_paths(desk.settings.policy.url), wake, stop):
            time.sleep(0.5)
            for number in range(COMMITS):
                revision = _prepared(source, number)
                wake.clear()
                moved = time.monotonic()
                source.git("update-ref", "refs/heads/main", revision)
                if not wake.wait(10):
                    raise RuntimeError("the commit was not noticed")
                heard = time.monotonic()
                ends = _planned(desk, revision)
                woken.append(Cost(heard - moved, 0))
                walls.append(Cost(ends - moved, 0))
    return {"wall": middle(walls).wall, "heard": middle(woken).wall}


def _planned(desk: Desk, revision: str) -> float:
    """A pass that stops at its plan; gives when that was finished."""
    finished: list[tuple[float, str]] = []

    def note(plan: Plan) -> None:
        finished.append((time.monotonic(), plan.revision))

    with measured():
        result = Pass(desk, wanted=_never, examine=note).run()
    after_pass(desk, result)
    [(at, planned)] = finished
    if planned != revision or result.plan is None:
        raise RuntimeError("the plan is of another revision")
    return at


def _never(_action: Action) -> bool:
    return False


def _prepared(source: GitRepository, number: int) -> str:
    """A commit that changes one file, not yet on the branch."""
    files = sorted((source.path / "assets").iterdir())
    file = files[number * 7 % len(files)]
    stamp = time.time_ns()
    source.write(f"assets/{file.name}", file.read_text().replace("what the team", f"{stamp} what the team", 1))
    source.git("add", f"assets/{file.name}")
    return source.git("commit-tree", source.git("write-tree"), "-p", source.head, "-m", "Change one asset")


def ask(folder: Path, what: str) -> Said:
    """Run that in a process of its own."""
    started = time.monotonic()
    words = [sys.executable, "-m", "bench.looping", str(folder), what, str(started)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    sys.stderr.write(done.stderr)
    if done.returncode:
        raise RuntimeError((done.stderr.splitlines() or ["it said nothing"])[-1])
    said: Said = json.loads(done.stdout.splitlines()[-1])
    return said


def main() -> None:
    """The process."""
    folder, what, started = sys.argv[1:4]
    asked = {"passes": passes, "nothing": nothing, "commit": commit}[what]
    with suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(asked(opened_fleet(Path(folder)), float(started))))


if __name__ == "__main__":
    main()
