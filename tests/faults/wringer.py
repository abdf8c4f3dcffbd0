"""A child process that swallows policies from a pipe and answers each with one line, so that none dies unnamed.

It ends itself at an input that costs too much CPU; one that takes too much memory cannot get it.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import sys
import time
import traceback
from collections.abc import Callable
from datetime import date
from pathlib import Path

from reconciler.policy.documents import Loaded, PolicyFile
from reconciler.policy.load import load_policy
from reconciler.policy.read import FileReading
from reconciler.policy.rules import RULES

TODAY = date(2026, 11, 24)
HOGGED = 1 << 30
"""No input gets more bytes than this, so that the machine that runs the tests is never at risk."""
Files = list[PolicyFile]


def loaded(files: Files, readings: dict[str, FileReading] | None = None) -> Loaded:
    """Any content gives a policy or errors: problems that are known rules, each on one line that can be printed."""
    found = load_policy(files, today=TODAY, local_host="here", cache=readings)
    assert (found.policy is None) == bool(found.errors), "neither a policy nor an error, or both"
    for problem in found.problems:
        line = str(problem)
        assert problem.rule in RULES, f"unknown rule: {problem.rule}"
        assert "\n" not in line and line.isprintable(), f"not one line: {line!r}"
        assert len(line) <= 1200, f"too long a line: {line!r}"
        assert problem.place.line >= 1 and problem.place.column >= 1, f"no place: {problem.place}"
    return found


def _misbehaved(files: Files) -> bool:
    """What the harness itself must catch."""
    match files[0].content:
        case b"crash":
            os.abort()
        case b"hang":
            while True:
                pass
        case b"hog":
            return len(bytes(HOGGED)) == 0
        case b"large":
            return len(b"x" * (300 << 20)) == 0
        case b"raise":
            raise LookupError("raised on purpose")
        case _:
            return True


def _way(name: str) -> Callable[[Files], bool]:
    """What is done with each input; it tells whether a policy came of it."""
    if name == "load":
        return lambda files: loaded(files).policy is not None
    if name == "whole":
        from tests.faults.wholepath import WholePath

        return WholePath().walk
    return _misbehaved


def _peak_mebibytes() -> int:
    """The most memory since this program began: what ``getrusage`` tells begins with the peak of whoever started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024


def main(way: str, most_seconds: int) -> None:
    """Answer until the pipe closes."""
    take, answer, inputs = _way(way), sys.stdout, sys.stdin.buffer
    resource.setrlimit(resource.RLIMIT_AS, (HOGGED, HOGGED))
    answer.write(json.dumps({"ready": True}) + "\n")
    answer.flush()
    while True:
        try:
            pieces = pickle.load(inputs)
        except EOFError:
            return
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + most_seconds + 1, resource.RLIM_INFINITY))
        begun, policy, wrong = time.process_time(), False, ""
        try:
            policy = take([PolicyFile(path, content, blob) for path, content, blob in pieces])
        except BaseException:
            wrong = traceback.format_exc(limit=-6)
        spent = time.process_time() - begun
        told = {"policy": policy, "wrong": wrong, "seconds": spent, "mebibytes": _peak_mebibytes()}
        answer.write(json.dumps(told) + "\n")
        answer.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
