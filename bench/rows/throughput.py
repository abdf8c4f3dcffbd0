"""A gibibyte through us against a gibibyte through restic alone, there and back."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from bench.hosts import PASSPHRASE, Host, make_host
from bench.measuring import Cost, command, measured, middle
from bench.places import RECONCILER, scratch, small_environment
from bench.policies import HOURLY
from bench.readings import Other, Outcome, Reading, Row
from reconciler.obligations.actions import Action, BackUp
from reconciler.operations.passing import Pass
from reconciler.operations.places import in_force
from reconciler.operations.restoring import RestoreOrder, restore
from tests.lab.clock import ShiftedClock
from tests.lab.repositories import make_repository

MIB = 1024 * 1024
FILES = 32
ASSET = "asset-000000"


def throughput(quick: bool) -> Outcome:
    """A first backup of random data into an empty repository, then a restore of it into an empty folder."""
    size, runs = (128, 1) if quick else (1024, 3)
    ours, floors = [], []
    for run in range(runs):
        with scratch("throughput") as folder:
            data = _written(folder / "data", size)
            # Whoever comes first warms the disk's caches.
            if run % 2:
                ours.append(_ours(folder / "host", data))
            floors.append(_bare(folder / "bare", data))
            if not run % 2:
                ours.append(_ours(folder / "host", data))
    readings = []
    for number, what in enumerate(("backup", "restore")):
        mine, floor = middle([one[number] for one in ours]), middle([one[number] for one in floors])
        other = Other("bare restic", size / floor.wall)
        readings.append(Reading(what, size / mine.wall, "MiB/s", 0.98, relative=True, faster=True, others=(other,)))
    with_start = size / middle([one[2] for one in ours]).wall
    readings.append(Reading("`reconciler restore`, process start included", with_start, "MiB/s"))
    return Outcome(tuple(readings))


def _bare(folder: Path, data: Path) -> list[Cost]:
    repository = make_repository(folder, PASSPHRASE).path
    given = small_environment(
        RESTIC_REPOSITORY=str(repository), RESTIC_PASSWORD=PASSPHRASE, RESTIC_CACHE_DIR=str(folder / "cache")
    )
    backup = _settled(lambda: command(("restic", "backup", "--json", str(data)), given))
    words = ("restic", "restore", "latest", "--json", "--verify", "--target", str(folder / "back"))
    back = _settled(lambda: command(words, given))
    shutil.rmtree(folder)
    return [backup, back]


def _ours(folder: Path, data: Path) -> list[Cost]:
    """Backup in a pass and restore as the loop's process would, then restore as a command."""
    host = make_host(folder, 1, terms=HOURLY)
    _point_at(host, data)
    found: list[Cost] = []
    with host.desk(ShiftedClock(timedelta(0))) as desk:

        def back_up() -> Cost:
            with measured() as watch:
                result = Pass(desk, wanted=_is_the_backup).run()
            if len(result.done) != 1 or result.failures:
                raise RuntimeError(str([one.line for one in result.done]))
            return watch.cost

        def bring_back() -> Cost:
            stored = desk.catalog.enforced()
            if stored is None:
                raise RuntimeError("no policy is in force")
            order = RestoreOrder(ASSET, folder / "back", "bench", "measuring")
            with measured() as watch:
                restore(desk, in_force(desk, stored[1]), order)
            return watch.cost

        found += [_settled(back_up), _settled(bring_back)]
    shutil.rmtree(folder / "back")
    words = (RECONCILER, "--config", str(host.config), "restore", ASSET, "--target", str(folder / "back"))
    found.append(_settled(lambda: command((*words, "--reason", "measuring"), small_environment())))
    shutil.rmtree(folder)
    return found


def _is_the_backup(action: Action) -> bool:
    return isinstance(action, BackUp) and action.asset == ASSET


def _point_at(host: Host, data: Path) -> None:
    """The asset's source is the data themselves."""
    file = host.policy.path / "assets" / f"{ASSET}.yaml"
    host.policy.commit({f"assets/{ASSET}.yaml": file.read_text().replace(str(host.data[0]), str(data))})


def _settled(act: Callable[[], Cost]) -> Cost:
    """Nothing that was written before is still on its way to the disk."""
    os.sync()
    return act()


def _written(folder: Path, mebibytes: int) -> Path:
    folder.mkdir()
    for number in range(FILES):
        with (folder / f"{number:03d}").open("wb") as stream:
            for _ in range(mebibytes // FILES):
                stream.write(os.urandom(MIB))
    return folder


ROWS = (Row("throughput", "backup and restore throughput of 1 GiB through us", "≥ 0.98 × bare restic", throughput),)
