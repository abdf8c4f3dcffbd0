"""Reading a policy of ten thousand files, and planning for fifty assets, each as a command of its own."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from statistics import median

from bench.borgmatic import dry_run
from bench.hosts import fill_data, make_host, settled, standing
from bench.measuring import command, taking_turns
from bench.peers import has_peer
from bench.places import RECONCILER, scratch, small_environment
from bench.policies import DAILY, policy_files, write_policy
from bench.readings import Other, Outcome, Reading, Row
from bench.stub import make_stub


def validate(quick: bool) -> Outcome:
    """``validate`` with nothing kept, then with one file changed."""
    count, runs = (1_000, 3) if quick else (10_000, 5)
    with scratch("validate") as folder:
        policy = folder / "policy"
        places = [folder / f"{number}" for number in range(count)]
        files = policy_files(places, {"r00": folder / "r00"}, folder / "key", DAILY)
        write_policy(policy, files)
        read = (f"import pathlib; [p.read_bytes() for p in pathlib.Path({str(policy)!r}).rglob('*.yaml')]",)
        cold, warm, floors = [], [], []
        for run in range(runs):
            given = small_environment(HOME=str(folder / f"home-{run}"))
            words = (RECONCILER, "validate", str(policy), "--host", "here")
            floors.append(command((sys.executable, "-c", *read), given).cpu)
            cold.append(command(words, given))
            _change(policy / "assets" / f"asset-{run:06d}.yaml", run)
            warm.append(command(words, given))
    return Outcome(
        (
            Reading(
                "cold",
                median(cost.cpu for cost in cold),
                "s CPU",
                3,
                others=(Other("reading the files", median(floors)),),
            ),
            Reading("cold, wall", median(cost.wall for cost in cold), "s"),
            Reading("one changed", median(cost.wall for cost in warm), "s", 0.3),
        )
    )


def _change(file: Path, run: int) -> None:
    file.write_text(file.read_text().replace("what the team", f"{run} what the team"))


def plan(quick: bool) -> Outcome:
    """``plan`` when nothing has changed in the repository; borgmatic says what it would do with a borg that does
    nothing."""
    runs = 3 if quick else 7
    with scratch("plan") as folder:
        host = make_host(folder / "host", 50, restic=make_stub(folder / "bin"))
        fill_data(host)
        with host.desk(standing()) as desk:
            settled(desk)
        given = small_environment()
        sides = {"ours": partial(command, (RECONCILER, "--config", str(host.config), "plan"), given)}
        found = taking_turns(runs, **sides)
        peer = dry_run(folder / "borgmatic", host.data) if has_peer("borgmatic") else None
    others = (Other("borgmatic create --dry-run", peer.wall),) if peer else ()
    return Outcome(
        (
            Reading("", found["ours"].wall, "s", 0.7, others=others),
            Reading("CPU", found["ours"].cpu, "s"),
        )
    )


ROWS = (
    Row(
        "validate",
        "`validate`, 10 000 asset files, cold; again with one file changed",
        "≤ 3 s CPU; ≤ 300 ms",
        validate,
    ),
    Row("plan", "a plan for 50 configured assets, observation cached, process start included", "≤ 700 ms", plan),
)
