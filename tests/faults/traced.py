"""A pass under strace, whose system calls fail or kill it at a chosen moment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.world import World
from tests.lab.require import require

_ROOT = Path(__file__).parents[2]


def traced_pass(world: World, call: str, fate: str, *files: str) -> tuple[bool, str]:
    """A pass with strace's ``inject`` on calls on these files of the state folder; its restics are left alone.

    ``fate`` is like ``error=EIO:when=2`` (counted in each thread by itself). Whether it struck, and what the pass said.
    """
    log, trace = world.folder / "log", world.folder / "trace"
    log.unlink(missing_ok=True)
    command = [require("strace"), "-f", "-qq", "-b", "execve", "-o", str(trace), "-e", f"trace={call}"]
    for file in files:
        command += ["-P", str(Path(world.settings.state) / file)]
    command += ["-e", f"inject={call}:{fate}", sys.executable, "-m", "tests.faults.passing"]
    command += [str(world.folder / "host" / "reconciler.yaml"), str(world.shift.total_seconds()), str(log)]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        cwd=_ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    said, told = log.read_text() + done.stderr, trace.read_text()
    struck = "EIO" in told or "killed by SIGKILL" in told
    assert struck or done.returncode == 0, said
    return struck, said
