"""What it costs to say a word to the command line, against a Python that does nothing."""

from __future__ import annotations

import sys
from functools import partial

from bench.hosts import fill_data, make_host, settled, standing
from bench.measuring import command, taking_turns
from bench.peers import has_peer, peer
from bench.places import RECONCILER, scratch, small_environment
from bench.readings import Other, Outcome, Reading, Row
from bench.stub import make_stub

ASSETS = 5
PEERS = ("borgmatic", "runrestic", "crestic")


def words(quick: bool) -> Outcome:
    """``--version``, ``--help`` and ``status`` over ``python -c pass``."""
    runs = 5 if quick else 15
    with scratch("words") as folder:
        host = make_host(folder / "host", ASSETS, restic=make_stub(folder / "bin"))
        fill_data(host)
        with host.desk(standing()) as desk:
            settled(desk)
        given = small_environment()
        told = {
            "nothing": (sys.executable, "-c", "pass"),
            "version": (RECONCILER, "--version"),
            "help": (RECONCILER, "--help"),
            "status": (RECONCILER, "--config", str(host.config), "status"),
        }
        for name in PEERS:
            if has_peer(name):
                told[name] = (peer(name), "--help")
        sides = {name: partial(command, said, given, codes="0 2") for name, said in told.items()}
        found = taking_turns(runs, **sides)
    floor = Other("python -c pass", found["nothing"].wall * 1000)
    helps = [Other(f"{name} --help", found[name].wall * 1000) for name in PEERS if name in found]
    return Outcome(
        (
            Reading("--version", found["version"].wall * 1000, "ms", 4, relative=True, others=(floor,)),
            Reading("--help", found["help"].wall * 1000, "ms", 4, relative=True, others=(floor, *helps)),
            Reading("status", found["status"].wall * 1000, "ms", 30, relative=True, others=(floor,)),
        )
    )


ROWS = (
    Row(
        "words",
        "`--version`, `--help`; `status` on a small catalog, ÷ `python -c pass`",
        "≤ 4; ≤ 4; ≤ 30",
        words,
        seconds=300,
    ),
)
