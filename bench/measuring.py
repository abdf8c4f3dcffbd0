"""CPU time, wall time and peak memory of commands and of our own code; medians of runs that take turns."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile

from bench.profiling import profiled

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the wall's clock, seconds of CPU with all children, and peak memory in bytes (0: not looked at)."""

    wall: float
    cpu: float
    peak: int = 0


def command(
    words: Sequence[str], environment: Mapping[str, str] | None = None, *, cwd: Path | None = None, codes: str = "0"
) -> Cost:
    """Run a program to its end. Raises RuntimeError with its last words when it ends with none of these codes."""
    with TemporaryFile() as said:
        started = time.perf_counter()
        given = dict(os.environ if environment is None else environment)
        child = subprocess.Popen(words, env=given, cwd=cwd, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if str(child.returncode) not in codes.split():
            said.seek(0)
            tail = said.read().decode("utf-8", "replace")[-2000:]
            raise RuntimeError(f"{Path(words[0]).name} {' '.join(words[1:4])}… ended with {child.returncode}: {tail}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


@dataclass(slots=True)
class Stopwatch:
    """Filled when the measured block has ended."""

    costs: list[Cost] = field(default_factory=list)

    @property
    def cost(self) -> Cost:
        """Of the last block."""
        return self.costs[-1]


@contextmanager
def measured(into: Stopwatch | None = None) -> Iterator[Stopwatch]:
    """What the block costs this process and the children that it waits for."""
    watch = into if into is not None else Stopwatch()
    wall, cpu = time.perf_counter(), _cpu()
    with profiled("measured") if os.environ.get("PROFILE") else nullcontext():
        yield watch
    watch.costs.append(Cost(time.perf_counter() - wall, _cpu() - cpu))


def taking_turns(runs: int, **sides: Callable[[], Cost]) -> dict[str, Cost]:
    """The medians of each side, run one after the other so that the machine's moods meet all of them."""
    found: dict[str, list[Cost]] = {name: [] for name in sides}
    for _ in range(runs):
        for name, run in sides.items():
            found[name].append(run())
    return {name: middle(costs) for name, costs in found.items()}


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each number by itself."""
    return Cost(median(c.wall for c in costs), median(c.cpu for c in costs), int(median(c.peak for c in costs)))


def peak_memory() -> int:
    """The most memory that this process has had since its program started, in bytes.

    Not ``ru_maxrss``, which begins with what the parent had at the fork.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def _cpu() -> float:
    parts = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(part.ru_utime + part.ru_stime for part in parts)
