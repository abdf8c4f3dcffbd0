"""How time and memory of passes grow from a hundred assets to a hundred thousand, and a picture of it."""

from __future__ import annotations

from bench.fleets import fleet
from bench.looping import Said, ask
from bench.measuring import MB
from bench.places import ROOT
from bench.readings import Other, Outcome, Reading, Row
from bench.svg import curves

EACH = 10
SLACK = 1.1
"""Linear, measured on a machine that is not ours alone."""


def curve(quick: bool) -> Outcome:
    """The first pass of a process, one with nothing to do, one from nothing, and the memory of each."""
    sizes = (100, 1_000) if quick else (100, 1_000, 10_000, 100_000)
    found: dict[int, Said] = {}
    for size in sizes:
        folder = fleet(size, EACH).host.folder
        found[size] = ask(folder, "passes") | {f"anew {name}": value for name, value in ask(folder, "nothing").items()}
    seconds = {"first pass after a start": "first", "nothing to do": "wall", "from nothing": "anew wall"}
    memory = {"first pass after a start": "peak", "from nothing": "anew peak"}
    if not quick:
        drawn = {
            "seconds by assets": {name: [(s, found[s][key]) for s in sizes] for name, key in seconds.items()},
            "MB by assets": {name: [(s, found[s][key] / MB) for s in sizes] for name, key in memory.items()},
        }
        (ROOT / "bench" / "curve.svg").write_text(curves(drawn))
    return Outcome(tuple(_readings(found)))


def _readings(found: dict[int, Said]) -> list[Reading]:
    """The largest against the one before; the smaller ones explain."""
    *_, before, last = found
    grown = last / before * SLACK
    made = []
    for what, key, unit, scale in (
        ("first pass", "first", "s", 1.0),
        ("nothing to do", "wall", "ms", 1000.0),
        ("from nothing", "anew wall", "s", 1.0),
        ("memory", "peak", "MB", 1 / MB),
    ):
        others = tuple(Other(f"{size} assets", found[size][key] * scale) for size in [before, *list(found)[:-2]])
        about = f"{what}, {last} assets"
        made.append(Reading(about, found[last][key] * scale, unit, grown, relative=True, others=others))
    return made


ROWS = (
    Row(
        "curve",
        "cost curve: time and memory of a pass at 100, 1 000, 10 000, 100 000 assets",
        "linear or better (× 11 for ten times as many), drawn below",
        curve,
        seconds=3600,
    ),
)
