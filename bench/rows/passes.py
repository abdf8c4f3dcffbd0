"""Passes that back up: what our work adds to an engine that costs nothing, and how long real ones take."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bench import borgmatic
from bench.hosts import PASSPHRASE, Host, StandingClock, change_data, fill_data, make_host, one_pass, settled, standing
from bench.measuring import Cost, command, measured, middle, taking_turns
from bench.peers import has_peer
from bench.places import scratch, small_environment
from bench.policies import HOURLY, asset_name
from bench.readings import Other, Outcome, Reading, Row
from bench.stub import make_stub
from bench.wrappers import configure, crestic, environment, runrestic
from reconciler.obligations.actions import BackUp, Check, Mark
from reconciler.operations.desk import Desk
from reconciler.operations.places import in_force
from tests.lab.repositories import ForgedSnapshot, forge_snapshots, make_repository

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
AN_HOUR = timedelta(hours=1, minutes=1)


def bare_loop(program: str | Path, data: Sequence[Path], repository: Path, parents: Mapping[Path, str]) -> list[str]:
    """A shell that backs the folders up one after the other."""
    lines = [f"export RESTIC_REPOSITORY={shlex.quote(str(repository))}"]
    for place in data:
        parent = f"--parent={parents[place]} " if place in parents else ""
        lines.append(f"{program} backup --quiet {parent}{shlex.quote(str(place))} || exit 1")
    return ["/bin/sh", "-c", "\n".join(lines)]


def next_hour(desk: Desk, clock: StandingClock) -> tuple[Cost, int]:
    """The pass of the next hour, and how many backups it made; nothing else may have been due but a check and marks."""
    clock.at += AN_HOUR
    with measured() as watch:
        result = one_pass(desk)
    if result.failures:
        raise RuntimeError(result.failures[0].line)
    others = [one.action for one in result.done if not isinstance(one.action, BackUp | Check | Mark)]
    if others:
        raise RuntimeError(f"more than backups was due: {others[0]}")
    return watch.cost, sum(1 for one in result.done if isinstance(one.action, BackUp))


def added(quick: bool) -> Outcome:
    """CPU of a pass over fifty assets less that of the same stub in a bare loop, by backup."""
    runs, assets = (2, 50) if quick else (5, 50)
    with scratch("added") as folder:
        stub = make_stub(folder / "bin")
        host = make_host(folder / "host", assets, restic=stub, terms=HOURLY)
        fill_data(host)
        bare = make_repository(folder / "bare", PASSPHRASE).path
        words = bare_loop(stub, host.data, bare, {})
        clock = standing()
        ours, floors = [], []
        with host.desk(clock) as desk:
            settled(desk)
            for _ in range(runs):
                floor = command(words, small_environment())
                cost, made = next_hour(desk, clock)
                ours.append(Cost(cost.wall / made, cost.cpu / made - floor.cpu / assets))
                floors.append(Cost(floor.wall / assets, floor.cpu / assets))
        mine, floor = middle(ours), middle(floors)
        others = _wrappers_added(folder, host, stub, floor, 1 if quick else 2)
    return Outcome(
        (
            Reading("", mine.cpu * 1000, "ms CPU", 2, others=tuple(others)),
            Reading("wall by backup", mine.wall * 1000, "ms", others=(Other("the stub", floor.wall * 1000),)),
        )
    )


def _wrappers_added(folder: Path, host: Host, stub: Path, floor: Cost, runs: int) -> list[Other]:
    """What the peers add to the same stub, by backup, their start shared by all of them."""
    configure(folder / "home", host.data, next(iter(host.repositories.values())))
    given = environment(folder / "home", stub)
    sides: dict[str, Callable[[], Cost]] = {}
    if has_peer("crestic"):
        sides["crestic"] = partial(crestic, given, host.data)
    if has_peer("runrestic"):
        sides["runrestic"] = partial(runrestic, given)
    if has_peer("borgmatic"):
        configs = borgmatic.configured(folder / "borgmatic", host.data)
        sides["borgmatic"] = partial(borgmatic.run, folder / "borgmatic", configs, "create")
    found = taking_turns(runs, **sides) if sides else {}
    return [Other(name, (cost.cpu / len(host.data) - floor.cpu) * 1000) for name, cost in found.items()]


def real(quick: bool) -> Outcome:
    """A pass over fifty assets that changed a little, against restic after restic."""
    runs, assets = (1, 10) if quick else (3, 50)
    with scratch("real") as folder:
        host = make_host(folder / "host", assets, terms=HOURLY)
        fill_data(host)
        bare = make_repository(folder / "bare", PASSPHRASE).path
        other = make_repository(folder / "other", PASSPHRASE).path
        given = small_environment(RESTIC_PASSWORD=PASSPHRASE, RESTIC_CACHE_DIR=str(folder / "cache"))
        loop = bare_loop("restic", host.data, bare, {})
        configure(folder / "home", host.data, other)
        wrapped = environment(folder / "home", None)
        clock, ours, floors, peers = standing(), [], [], []
        with host.desk(clock) as desk:
            settled(desk)
            command(loop, given)
            if has_peer("runrestic"):
                runrestic(wrapped)
            for _ in range(runs):
                change_data(host)
                floors.append(command(loop, given))
                cost, made = next_hour(desk, clock)
                ours.append(cost)
                if made != assets + 1:
                    raise RuntimeError(f"{made} backups were made of {assets} assets")
                if has_peer("runrestic"):
                    peers.append(runrestic(wrapped))
    mine, floor = middle(ours), middle(floors)
    others = [Other("restic backup, one by one", floor.wall)]
    others += [Other("runrestic", middle(peers).wall)] if peers else []
    return Outcome(
        (
            Reading("", mine.wall, "s", 0.5, relative=True, others=tuple(others)),
            Reading("CPU", mine.cpu, "s", others=(Other("one by one", floor.cpu),)),
        )
    )


def crowded(quick: bool) -> Outcome:
    """A pass in a repository that very many snapshots of others fill already; restic is told each parent."""
    assets, held = (20, 3_000) if quick else (1_000, 100_000)
    with scratch("crowded") as folder:
        host = make_host(folder / "host", assets, terms=HOURLY)
        fill_data(host)
        ours = next(iter(host.repositories.values()))
        forge_snapshots(ours, PASSPHRASE, _of_others(held))
        clock = standing()
        given = small_environment(RESTIC_PASSWORD=PASSPHRASE, RESTIC_CACHE_DIR=str(folder / "cache"))
        with host.desk(clock) as desk:
            settled(desk)
            bare = folder / "bare"
            shutil.copytree(ours, bare)
            parents = _newest(desk, host)
            change_data(host)
            floor = command(bare_loop("restic", host.data, bare, parents), given)
            mine, made = next_hour(desk, clock)
    others = (Other("restic backup --parent, one by one", floor.wall),)
    return Outcome(
        (
            Reading(f"{made} backups", mine.wall, "s", 0.6, relative=True, others=others),
            Reading("CPU", mine.cpu, "s", others=(Other("one by one", floor.cpu),)),
        )
    )


def _of_others(count: int) -> Iterator[ForgedSnapshot]:
    for number in range(count):
        at = FIRST + timedelta(minutes=number)
        yield ForgedSnapshot(at, ("nightly",), f"host-{number % 50}", (f"/srv/{number % 1000}",), files=3, size=5000)


def _newest(desk: Desk, host: Host) -> dict[Path, str]:
    """The newest backup of each asset's folder."""
    stored = desk.catalog.enforced()
    if stored is None:
        raise RuntimeError("no policy is in force")
    found = desk.catalog.facts(in_force(desk, stored[1]), desk.clock.now()).placements
    newest = {asset: facts.backups[0].id for (asset, _), facts in found.items() if facts.backups}
    return {place: newest[asset_name(number)] for number, place in enumerate(host.data)}


ROWS = (
    Row(
        "added",
        "work added per backup over the bare engine (50 assets; the engine is a spawned stub that answers at once; "
        "listing again and fsynced journal writes included)",
        "≤ 2 ms CPU",
        added,
    ),
    Row(
        "pass",
        "one real pass over 50 tiny changed assets, one local repository, default concurrency",
        "≤ 0.5 × the bare sequential `restic backup` loop",
        real,
        seconds=900,
    ),
    Row(
        "crowded",
        "the same for 1 000 assets in a repository that already holds 100 000 snapshots",
        "≤ 0.6 × the bare loop *with* `--parent`",
        crowded,
        seconds=3600,
    ),
)
