"""Brings an asset back into an empty folder, counts what came back, and writes down who did it and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reconciler.engines.protocol import OnProgress, RestoreReport, silent
from reconciler.errors import ReconcilerError, RestoreRefused, RestoreUnproven, UsageError
from reconciler.execution.opening import open_repository
from reconciler.kit.lanes import Mode
from reconciler.observed.backup import Backup
from reconciler.observed.entries import Restored
from reconciler.operations.desk import Desk
from reconciler.operations.known import known_asset
from reconciler.policy.resolved import ResolvedPolicy

_ELSEWHERE = "try an earlier backup (--backup) or another repository (--repository)"


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
    counted = [backup for backup in found if backup.counted(now)]
    if not counted:
        raise RestoreRefused(
            "no counted backup is known", subject=order.asset, remedy="name one: reconciler get backups --asset NAME"
        )
    # Equal times are one backup and its copies: the first repository in the policy's order is the nearest.
    newest = max(backup.time for backup in counted)
    return min((b for b in counted if b.time == newest), key=lambda backup: places.index(backup.repository))


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


def restore(desk: Desk, policy: ResolvedPolicy, order: RestoreOrder, on_progress: OnProgress = silent) -> RestoreResult:
    """Restore, count, journal. Raises RestoreRefused before anything is written, RestoreUnproven after."""
    refuse_unsafe(order.target)
    backup = choose(desk, policy, order)
    spec = policy.repositories[backup.repository]
    opened = open_repository(backup.repository, spec, desk.environment)
    started = desk.clock.now()
    with desk.lanes.lease(backup.repository, Mode.SHARED, verb=f"restore {order.asset}"):
        try:
            files, size = desk.engine.contents(opened, backup.id)
            report = desk.engine.restore(opened, backup.id, order.target, (), on_progress)
        except ReconcilerError as error:
            _journal(desk, order, backup, RestoreReport(0, 0, desk.clock.now() - started), sound=False)
            error.remedy = error.remedy or _ELSEWHERE
            raise error.about(order.asset) from None
    sound = (report.files, report.size) == (files, size) and files > 0
    _journal(desk, order, backup, report, sound=sound)
    if not sound:
        raise RestoreUnproven(
            f"backup {backup.id[:12]} holds {files} files of {size} bytes, {report.files} of {report.size} came back",
            subject=order.asset,
            remedy=f"{_ELSEWHERE}, and look at what the engine said",
        )
    return RestoreResult(backup, report)


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
