"""Feeds policies to a child process and tells which of them raised, crashed, hung or cost too much, and goes on."""

from __future__ import annotations

import base64
import json
import os
import pickle
import select
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from reconciler.policy.documents import PolicyFile

ROOT = Path(__file__).parents[2]
_EXAMPLE = ROOT / "policies"
EXAMPLE_FILES = [
    PolicyFile(str(path.relative_to(_EXAMPLE)), path.read_bytes()) for path in sorted(_EXAMPLE.rglob("*.yaml"))
]
MOST_SECONDS = 1.0
MOST_MEBIBYTES = 256
SILENCE = 240
"""Seconds of the wall's clock after which a child that uses no CPU counts as hung."""
_AHEAD = 40
"""Inputs that are written before the first of their answers is read."""


@dataclass(slots=True)
class Wrung:
    """How many inputs were swallowed, of how many a policy came, the dearest costs, and every fault with its input."""

    inputs: int = 0
    policies: int = 0
    seconds: float = 0
    mebibytes: int = 0
    faults: list[str] = field(default_factory=list)


class Wringer:
    """One child after another; ``way`` is what it does with each input, ``most_cpu`` seconds end it."""

    def __init__(self, way: str, most_cpu: int = 10) -> None:
        self._way, self._most_cpu, self._heard = way, most_cpu, b""
        self._bear()

    def __enter__(self) -> Wringer:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._bury()

    def wring(self, inputs: Iterable[list[PolicyFile]], seed: object) -> Wrung:
        """Swallow them all. Whatever befalls an input is told with the seed and the input itself."""
        found, waiting = Wrung(), iter(inputs)
        while batch := list(islice(waiting, _AHEAD)):
            while batch:
                self._send(batch)
                answered = self._answers(batch, found, seed)
                batch = batch[answered:]
        return found

    def _bear(self) -> None:
        command = [sys.executable, "-m", "tests.faults.wringer", self._way, str(self._most_cpu)]
        self._child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._heard = b""
        assert self._line(), "the child does not start"

    def _bury(self) -> int:
        code = self._child.wait(60)
        for pipe in (self._child.stdin, self._child.stdout):
            assert pipe
            try:
                pipe.close()
            except BrokenPipeError:
                continue
        return code

    def _send(self, batch: list[list[PolicyFile]]) -> None:
        pipe = self._child.stdin
        assert pipe
        try:
            for files in batch:
                pickle.dump([(file.path, file.content, file.blob) for file in files], pipe)
            pipe.flush()
        except BrokenPipeError:
            return  # whose fault it was, the answers tell

    def _answers(self, batch: list[list[PolicyFile]], found: Wrung, seed: object) -> int:
        """Read an answer for each; after a death a new child is born, and the rest must be sent again."""
        for number, files in enumerate(batch, 1):
            found.inputs += 1
            line = self._line()
            if not line:
                found.faults.append(_told(f"the child ended with {self._bury()}", files, seed))
                self._bear()
                return number
            answer = json.loads(line)
            if wrong := _wrong(answer):
                found.faults.append(_told(wrong, files, seed))
            found.policies += answer["policy"]
            found.seconds = max(found.seconds, answer["seconds"])
            found.mebibytes = max(found.mebibytes, answer["mebibytes"])
            if answer["mebibytes"] >= MOST_MEBIBYTES:
                # The peak of a process stays: only a new one can acquit the inputs that follow.
                self._child.kill()
                self._bury()
                self._bear()
                return number
        return len(batch)

    def _line(self) -> bytes:
        """The child's next line; nothing when it died, or was silent for so long that it was ended."""
        assert self._child.stdout
        pipe = self._child.stdout.fileno()
        while b"\n" not in self._heard:
            if not select.select([pipe], [], [], SILENCE)[0]:
                self._child.kill()
                return b""
            piece = os.read(pipe, 65536)
            if not piece:
                return b""
            self._heard += piece
        line, _, self._heard = self._heard.partition(b"\n")
        return line


def _wrong(answer: dict[str, Any]) -> str:
    if answer["wrong"]:
        return str(answer["wrong"])
    if answer["seconds"] >= MOST_SECONDS:
        return f"it took {answer['seconds']:.2f} s"
    if answer["mebibytes"] >= MOST_MEBIBYTES:
        return f"it took {answer['mebibytes']} MiB"
    return ""


def _told(wrong: str, files: list[PolicyFile], seed: object) -> str:
    """What was wrong, and the files that are not the example's, in base64."""
    known = {file.content for file in EXAMPLE_FILES}
    inputs = [f"{f.path} {base64.b64encode(f.content).decode()}" for f in files if f.content not in known]
    return "\n".join([f"seed {seed}: {wrong}", *inputs])
