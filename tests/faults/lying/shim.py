"""What stands where restic stands: it runs the real one or not, and then lies as ``lie.json`` in its folder says.

Only the standard library is at hand here, so that each call costs a few milliseconds.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

How = Mapping[str, str | int | float]
"""The parameters of one lie."""

CALLS = {
    "backup": ("backup",),
    "copy": ("copy",),
    "list": ("snapshots", "list snapshots", "cat config"),
    "check": ("check",),
    "restore": ("restore",),
}
"""Which of restic's commands serve a verb."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a process says, and how it ends: a negative code is a signal."""

    out: bytes = b""
    err: bytes = b""
    code: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One call of restic, the lie to tell about it, and the world's folder."""

    restic: str
    words: tuple[str, ...]
    folder: Path
    how: How

    @property
    def command(self) -> str:
        """``backup``, ``list snapshots`` …"""
        plain = [word for word in self.words if not word.startswith("-")]
        return " ".join(plain[:2]) if plain[0] in ("list", "cat") else plain[0]

    def text(self, name: str, otherwise: str = "") -> str:
        return str(self.how.get(name, otherwise))

    def number(self, name: str, otherwise: int = 0) -> int:
        return int(self.how.get(name, otherwise))

    def honest(self, words: Sequence[str] | None = None) -> Answer:
        """What the real restic says and does."""
        done = subprocess.run(
            [self.restic, *(self.words if words is None else words)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            close_fds=False,
        )
        return Answer(done.stdout, done.stderr, done.returncode)

    def aside(self, verb: str, *words: str) -> Answer:
        """Another command of the real restic on the same repository."""
        opening = [word for word in self.words if word.startswith(("--repository-file", "--password-file", "--repo"))]
        return self.honest([verb, *opening, *words])

    def repository(self) -> Path:
        """The folder of the repository that is worked on."""
        [file] = (word.partition("=")[2] for word in self.words if word.startswith("--repository-file="))
        return Path(Path(file).read_text().strip())

    def known(self, name: str) -> str:
        """What the world told the liar beforehand: ids and listings."""
        return (self.folder / "known" / name).read_text()


Lying = Callable[[Call], Answer]
LIES: dict[str, Lying] = {}


def lie(name: str) -> Callable[[Lying], Lying]:
    """Enter a lie by its name."""

    def enter(function: Lying) -> Lying:
        assert name not in LIES
        LIES[name] = function
        return function

    return enter


def lines_of(answer: Answer, change: Callable[[dict[str, object]], dict[str, object] | None]) -> Answer:
    """The same answer with each JSON object of its lines changed, or left out where the change gives None."""
    told = []
    for line in answer.out.splitlines():
        if line.startswith(b"{"):
            changed = change(json.loads(line))
            told += [json.dumps(changed).encode()] if changed is not None else []
        else:
            told.append(line)
    return replace(answer, out=b"".join(line + b"\n" for line in told))


def main(restic: str, folder: str) -> None:
    """Stand in for one call."""
    plan, words = Path(folder) / "lie.json", sys.argv[1:]
    if not plan.exists():
        os.execv(restic, [restic, *words])
    told = json.loads(plan.read_text())
    call = Call(restic, tuple(words), Path(folder), told["how"])
    where = call.text("where")
    if call.command not in told["calls"] or (where and not str(call.repository()).endswith(where)):
        os.execv(restic, [restic, *words])
    with (Path(folder) / "told").open("a") as log:
        log.write(f"{call.command}\n")
    _say(LIES[told["lie"]](call))


def _say(answer: Answer) -> None:
    for descriptor, text in ((2, answer.err), (1, answer.out)):
        with open(descriptor, "wb", closefd=False) as stream:
            stream.write(text)
    if answer.code < 0:
        if -answer.code != signal.SIGKILL:
            signal.signal(-answer.code, signal.SIG_DFL)
        os.kill(os.getpid(), -answer.code)
        signal.pause()
    os._exit(answer.code)
