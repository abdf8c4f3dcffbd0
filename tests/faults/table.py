"""The page of faults: what was injected, how, what is expected, what a run saw."""

from __future__ import annotations

import os
import platform
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from tests.lab.require import require

_NOT_RUN = "**not run**"
_HEAD = """\
# Faults

What was done to the running loop and to everything it stands on, and what it did. `make faults` injects each of them
anew, for real (signals, full disks, damaged files, second processes, moved clocks), and writes this page; a quick
selection is part of `make test`. Everywhere is expected: one line that says which asset or repository, why and what to
do next; a documented exit code; no traceback; nothing lost; and that the next pass converges by itself.
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. ``tests`` inject it, named as ``e2e/test_a.py::test_b``; all their cases belong to it."""

    area: str
    name: str
    injected: str
    expected: str
    tests: tuple[str, ...]


def of(file: str, *names: str) -> tuple[str, ...]:
    """Tests of one file, named without ``test_``."""
    return tuple(f"{file}::test_{name}" for name in names)


@dataclass(slots=True)
class Seen:
    """What the cases of a test came to, and what they counted."""

    passed: int = 0
    failed: int = 0
    counts: Counter[str] = field(default_factory=Counter)


def page(faults: Iterable[Fault], seen: Mapping[str, Seen], before: str = "") -> str:
    """The whole page, area by area. What did not run this time stays as the page ``before`` saw it."""
    earlier = _earlier(before)
    listed = list(faults)
    areas = list(dict.fromkeys(fault.area for fault in listed))
    parts = [_HEAD, f"This run: {_machine()}.\n"]
    for area, group in groupby(sorted(listed, key=lambda f: areas.index(f.area)), key=lambda fault: fault.area):
        parts.append(f"## {area}\n\n| fault | how injected | expected | seen |\n| --- | --- | --- | --- |\n")
        parts[-1] += "".join(
            f"| {f.name} | {f.injected} | {f.expected} | {_seen(f, seen) or earlier.get(f.name, _NOT_RUN)} |\n"
            for f in group
        )
    return "\n".join(parts)


def _earlier(text: str) -> dict[str, str]:
    cells = (line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| "))
    return {row[0]: row[3] for row in cells if len(row) == 4}


def _seen(fault: Fault, seen: Mapping[str, Seen]) -> str:
    """Nothing when none of its tests ran."""
    found = [seen.get(test, Seen()) for test in fault.tests]
    passed, failed = sum(one.passed for one in found), sum(one.failed for one in found)
    counts = sum((one.counts for one in found), Counter[str]())
    if not passed + failed:
        return ""
    missing = sum(1 for one in found if not one.passed + one.failed)
    told = [f"{word} {number}" for word, number in sorted(counts.items())]
    if failed:
        told.insert(0, f"**{failed} of {passed + failed} cases failed**")
    elif missing:
        told.insert(0, f"{_NOT_RUN} in part")
    else:
        told.insert(0, "as expected" + (f", {passed} cases" if passed > 1 else ""))
    return "; ".join(told)


def _machine() -> str:
    told = subprocess.run([require("restic"), "version"], capture_output=True, text=True, check=True).stdout
    restic = " ".join(told.split()[:2])
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    kernel = platform.release().partition("-")[0]
    return f"{restic}, Python {platform.python_version()}, {system}, Linux {kernel}, {os.cpu_count()} cores"
