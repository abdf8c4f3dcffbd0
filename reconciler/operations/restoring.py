"""Brings an asset back into an empty folder, counts what came back, and writes down who did it and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from reconciler.engines.protocol import Contents, OnProgress, RestoreReport, silent
from reconciler.errors import ReconcilerError, RestoreRefused, RestoreUnproven, UsageError
from reconciler.execution.opening import open_repository
from reconciler.kit.lanes import Mode
from reconciler.observed.backup import Backup
from reconciler.observed.entries import Restored
from reconciler.operations.desk import Desk
from reconciler.operations.known import known_asset
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.views.page_models import state_of
from reconciler.views.plurals import counted
from reconciler.views.times import show_instant

_SHORT = 12


@dataclass(frozen=True, slots=True)
class RestoreOrder:
    """What is wanted. ``repository`` and ``backup`` (an id or its beginning) None: the best and the newest."""

    asset: str
    target: Path
    by: str
    reason: str
    repository: str | None = None
    backup: str | None = None


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """What came back, from which backup."""

    backup: Backup
    report: RestoreReport


def refuse_unsafe(target: Path) -> None:
    """Raise RestoreRefused for ``/``, a symlink, or a folder that holds anything."""
    given = target if target.is_absolute() else Path.cwd() / target
    if given.resolve() == Path("/"):
        raise RestoreRefused("the target is /", remedy="name an empty folder, and put things in place from there")
    if given.is_symlink():
        raise RestoreRefused(f"{given} is a symlink", remedy="name the folder itself")
    if given.exists() and (not given.is_dir() or any(given.iterdir())):
        what = "is not empty" if given.is_dir() else "is not a folder"
        raise RestoreRefused(f"{given} {what}", remedy="name an empty folder or one that does not exist yet")


def choose(desk: Desk, policy: ResolvedPolicy, order: RestoreOrder) -> Backup:
    """The backup to bring back: the newest counted one, or the one that was named."""
    known_asset(policy, order.asset)
    asset = policy.assets[order.asset]
    now = desk.clock.now()
    observed = desk.catalog.facts(policy, now, (order.asset,))
    places = [p.repository for p in asset.placements if order.repository in (None, p.repository)]
    if not places:
        known = ", ".join(place.repository for place in asset.placements)
        raise UsageError(f"{order.asset} has no backups in {order.repository!r}", remedy=f"it has some in: {known}")
    found = [backup for name in places for backup in observed.placement(order.asset, name).backups]
    if order.backup:
        return _named(order, found)
    good = [backup for backup in found if backup.counted(now)]
    if not good:
        raise RestoreRefused("no good backup is known", subject=order.asset, remedy=_poor(order, found, now))
    # Equal times are one backup and its copies: the first repository in the policy's order is the nearest.
    newest = max(backup.time for backup in good)
    return min((b for b in good if b.time == newest), key=lambda backup: places.index(backup.repository))


def _named(order: RestoreOrder, found: list[Backup]) -> Backup:
    wanted = [backup for backup in found if order.backup and backup.id.startswith(order.backup)]
    if not wanted:
        where = f" in {order.repository}" if order.repository else ""
        what = f"no backup of {order.asset}{where} begins with {order.backup!r}"
        raise UsageError(what, remedy=f"see: reconciler get backups --asset {order.asset}")
    if len({backup.id for backup in wanted}) > 1:
        what = f"more than one backup of {order.asset} begins with {order.backup!r}"
        raise UsageError(what, remedy="give more of its id")
    return wanted[0]


def _poor(order: RestoreOrder, found: list[Backup], now: datetime) -> str:
    if not found:
        return f"see what is listed: reconciler get backups --asset {order.asset}"
    newest = max(found, key=lambda backup: backup.time)
    taken = f"the newest is --backup {newest.id[:_SHORT]} in {newest.repository}, {state_of(newest, now)}"
    return f"name one all the same ({taken}); all are in: reconciler get backups --asset {order.asset}"


def restore(desk: Desk, policy: ResolvedPolicy, order: RestoreOrder, on_progress: OnProgress = silent) -> RestoreResult:
    """Restore, count, journal. Raises RestoreRefused before anything is written, RestoreUnproven after.

    Whatever goes wrong is told of the asset, and with which other backups there are.
    """
    refuse_unsafe(order.target)
    backup = choose(desk, policy, order)
    started = desk.clock.now()
    with desk.lanes.lease(backup.repository, Mode.SHARED, verb=f"restore {order.asset}"):
        try:
            opened = open_repository(backup.repository, policy.repositories[backup.repository], desk.environment)
            held = desk.engine.contents(opened, backup.id)
            report = desk.engine.restore(opened, backup.id, order.target, (), on_progress)
        except ReconcilerError as error:
            _journal(desk, order, backup, RestoreReport(0, 0, desk.clock.now() - started), sound=False)
            error.remedy = "; ".join(filter(None, (error.remedy, _others(desk, policy, backup))))
            raise error.told_of(order.asset, f"backup {backup.id[:_SHORT]} of {backup.repository}") from None
    sound = report.contents == held and not held.empty
    _journal(desk, order, backup, report, sound=sound)
    if not sound:
        came = "as many" if _words(report.contents) == _words(held) else _words(report.contents)
        other = ", of other names or sizes" if came == "as many" else ""
        raise RestoreUnproven(
            f"backup {backup.id[:_SHORT]} holds {_words(held)}, {came} came back{other}",
            subject=order.asset,
            remedy=f"look at what the engine said; {_others(desk, policy, backup)}",
        )
    return RestoreResult(backup, report)


def _words(contents: Contents) -> str:
    files, size = counted(contents.files, "file"), counted(contents.size, "byte")
    return f"{files} of {size} in {counted(contents.folders, 'folder')}"


def _others(desk: Desk, policy: ResolvedPolicy, failed: Backup) -> str:
    """What else could be brought back: the same or the newest elsewhere, and the one before it."""
    now, asset = desk.clock.now(), policy.assets[failed.asset]
    observed = desk.catalog.facts(policy, now, (failed.asset,))
    good = [
        [backup for backup in observed.placement(failed.asset, place.repository).backups if backup.counted(now)]
        for place in asset.placements
    ]
    elsewhere = [backups[0] for backups in good if backups and backups[0].repository != failed.repository]
    before = [b for backups in good for b in backups if b.repository == failed.repository and b.time < failed.time]
    if not (elsewhere or before):
        return f"no other good backup is known (see reconciler get backups --asset {failed.asset})"
    zone = ZoneInfo(policy.settings.time_zone)
    tries = (
        f"--repository {other.repository} --backup {other.id[:_SHORT]} (of {show_instant(other.time, zone)})"
        for other in (*elsewhere, *before[:1])
    )
    return f"with another empty target try {' or '.join(tries)}"


def _journal(desk: Desk, order: RestoreOrder, backup: Backup, report: RestoreReport, *, sound: bool) -> None:
    entry = Restored(
        asset=order.asset,
        repository=backup.repository,
        backup=backup.id,
        target=str(order.target),
        by=order.by,
        reason=order.reason,
        files=report.files,
        size=report.size,
        seconds=round(report.duration.total_seconds(), 3),
        sound=sound,
    )
    desk.catalog.record([entry], desk.clock.now())
