"""The running loop on ten thousand assets with a million backups: at rest, at its start, from nothing, at a commit."""

from __future__ import annotations

from statistics import median

from bench.fleets import SETTLED, Fleet, fleet
from bench.looping import Said, ask
from bench.measuring import MB
from bench.readings import Outcome, Reading, Row


def _fleet(*, quick: bool) -> Fleet:
    """The fleet of all these rows."""
    return fleet(*((1_000, 20) if quick else (10_000, 100)))


def _asked(what: str, *, quick: bool, runs: int) -> Said:
    """The medians of some processes on it."""
    made = _fleet(quick=quick)
    said = [ask(made.host.folder, what) for _ in range(1 if quick else runs)]
    return {name: median(one[name] for one in said) for name in said[0]}


def steady(quick: bool) -> Outcome:
    """A pass with nothing to do."""
    said = _asked("passes", quick=quick, runs=3)
    return Outcome(
        (
            Reading("", said["cpu"] * 1000, "ms CPU", 10),
            Reading("catalog writes", said["wrote"], "", 0),
            Reading("wall", said["wall"] * 1000, "ms"),
        )
    )


def first(quick: bool) -> Outcome:
    """The first pass of a process, from its start on, and the most memory until then."""
    said = _asked("passes", quick=quick, runs=3)
    return Outcome(
        (
            Reading("", said["first"], "s", 2),
            Reading("peak", said["peak"] / MB, "MB", 150),
            Reading("of it opening the catalog", said["opening"], "s"),
            Reading("the pass", said["pass"], "s"),
        )
    )


def nothing(quick: bool) -> Outcome:
    """All promises assessed by a world that knows nothing."""
    said = _asked("nothing", quick=quick, runs=3)
    return Outcome(
        (
            Reading("", said["wall"], "s", 4),
            Reading("CPU", said["cpu"], "s"),
            Reading("peak", said["peak"] / MB, "MB"),
        )
    )


def commit(quick: bool) -> Outcome:
    """From the commit to the plan."""
    said = _asked("commit", quick=quick, runs=1)
    # Its policy is another now, and its pages are out of date: no other row may take it for settled.
    (_fleet(quick=quick).host.folder / SETTLED).unlink()
    return Outcome(
        (
            Reading("", said["wall"] * 1000, "ms", 100),
            Reading("of it until the loop heard of it", said["heard"] * 1000, "ms"),
        )
    )


ROWS = (
    Row(
        "steady",
        "steady pass in the running loop, nothing to do: 10 000 assets, 1 000 000 backups in the catalog",
        "≤ 10 ms CPU, no catalog write",
        steady,
        seconds=1200,
    ),
    Row("first", "first pass after a start, same size; peak memory", "≤ 2 s; ≤ 150 MB", first, seconds=1200),
    Row(
        "nothing",
        "everything assessed and planned from nothing, same size, retention of a million backups included",
        "≤ 4 s",
        nothing,
        seconds=1200,
    ),
    Row(
        "commit",
        "commit to finished plan in the running loop, one file of 10 000 changed",
        "≤ 100 ms",
        commit,
        seconds=1200,
    ),
)
