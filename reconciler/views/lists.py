"""What ``get`` lists: one row a thing, the same fields for tables and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from reconciler.observed.attempts import Attempt
from reconciler.observed.backup import Backup
from reconciler.observed.facts import Observed
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.retention.decide import Floor, Terms, decide
from reconciler.units.durations import format_duration
from reconciler.units.instants import format_instant
from reconciler.units.sizes import show_size
from reconciler.views.page_models import state_of
from reconciler.views.sentences import Reader
from reconciler.views.tables import Column

Item = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Listing:
    """The kind's word, the columns of the table, its rows, the items of the JSON list.

    ``fixed`` are columns that say the same in every row, because that was asked for.
    """

    kind: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    items: tuple[Item, ...]
    fixed: frozenset[str] = frozenset()


ASSETS = (
    Column("name"),
    Column("host", 3),
    Column("tier", 2),
    Column("source", 5),
    Column("rpo", 1),
    Column("newest"),
    Column("repositories", 4),
    Column("owner", 6),
)
REPOSITORIES = (
    Column("name"),
    Column("reach"),
    Column("location", 4),
    Column("backups", 2),
    Column("free", 1),
    Column("keeper", 3),
    Column("looked at"),
)
BACKUPS = (
    Column("taken"),
    Column("asset"),
    Column("repository"),
    Column("id"),
    Column("size", 3),
    Column("files", 4),
    Column("state", 1),
    Column("why kept", 2, prose=20),
)
ATTEMPTS = (
    Column("started"),
    Column("action"),
    Column("asset"),
    Column("repository"),
    Column("outcome"),
    Column("took", 1),
    Column("message", prose=32),
)
HOLDS = (Column("name"), Column("keeps"), Column("until"), Column("reason", prose=32))


def assets_list(policy: ResolvedPolicy, observed: Observed, reader: Reader) -> Listing:
    """Every asset of the policy."""
    rows, items = [], []
    for asset in policy.assets.values():
        places = [place.repository for place in asset.placements]
        counted = (observed.placement(asset.name, name).newest_counted(reader.now) for name in places)
        newest = max((backup.time for backup in counted if backup), default=None)
        age = reader.show("newest", newest) if newest else "never"
        rpo = format_duration(asset.rpo)
        rows.append((asset.name, asset.host, asset.tier, asset.source.kind, rpo, age, ", ".join(places), asset.owner))
        items.append(
            {
                "name": asset.name,
                "host": asset.host,
                "tier": asset.tier,
                "source": asset.source.kind,
                "rpo": rpo,
                "rto": format_duration(asset.rto),
                "newest": format_instant(newest) if newest else None,
                "repositories": places,
                "owner": asset.owner,
                "labels": dict(asset.labels),
            }
        )
    return Listing("Asset", ASSETS, tuple(rows), tuple(items))


def repositories_list(policy: ResolvedPolicy, observed: Observed, reader: Reader) -> Listing:
    """Every repository of the policy."""
    rows, items = [], []
    for name, spec in policy.repositories.items():
        facts = observed.repository(name)
        count = sum(len(found.backups) for (_asset, place), found in observed.placements.items() if place == name)
        free = f"{show_size(facts.free)} of {show_size(facts.total or 0)}" if facts.free is not None else "unknown"
        looked = reader.show("newest", facts.looked_at) if facts.looked_at else "never"
        rows.append((name, facts.reach.value, spec.location.described, str(count), free, spec.keeper or "none", looked))
        items.append(
            {
                "name": name,
                "reach": facts.reach.value,
                "location": spec.location.described,
                "engine": spec.engine,
                "id": facts.pinned,
                "backups": count,
                "free": facts.free,
                "total": facts.total,
                "keeper": spec.keeper,
                "medium": spec.medium,
                "site": spec.site,
                "offsite": spec.offsite,
                "lookedAt": format_instant(facts.looked_at) if facts.looked_at else None,
            }
        )
    return Listing("Repository", REPOSITORIES, tuple(rows), tuple(items))


@dataclass(frozen=True, slots=True)
class BackupFilter:
    """Which backups: an asset, a repository, or all; the floor of the host, which retention needs."""

    asset: str | None = None
    repository: str | None = None
    floor: Floor = field(default_factory=Floor)


def backups_list(policy: ResolvedPolicy, observed: Observed, reader: Reader, wanted: BackupFilter) -> Listing:
    """Backups newest first, each with why it is kept, or why not."""
    rows: list[tuple[datetime, tuple[str, ...]]] = []
    items: list[tuple[datetime, Item]] = []
    zone = ZoneInfo(policy.settings.time_zone)
    for (asset, repository), found in observed.placements.items():
        if wanted.asset not in (None, asset) or wanted.repository not in (None, repository):
            continue
        if asset not in policy.assets:
            continue
        retention = policy.assets[asset].placement(repository).retention
        decision = decide(found.backups, Terms(retention, zone, wanted.floor), reader.now)
        whys = {kept.backup.id: kept.text for kept in decision.kept}
        whys |= {row.backup.id: f"goes: {row.text}" for row in decision.dropped}
        for backup in found.backups:
            why = "marked as expired" if backup.id in found.marks else whys.get(backup.id, "")
            rows.append((backup.time, _backup_row(backup, asset, reader, why)))
            items.append((backup.time, _backup_item(backup, asset, reader.now, why)))
    ordered = sorted(rows, key=lambda pair: pair[0], reverse=True)
    newest_first = sorted(items, key=lambda pair: pair[0], reverse=True)
    shown, told = tuple(row for _, row in ordered), tuple(item for _, item in newest_first)
    return Listing("Backup", BACKUPS, shown, told, fixed_by(wanted.asset, wanted.repository))


def fixed_by(asset: str | None, repository: str | None) -> frozenset[str]:
    """The columns that a filter makes the same everywhere."""
    return frozenset(name for name, value in (("asset", asset), ("repository", repository)) if value)


def _backup_row(backup: Backup, asset: str, reader: Reader, why: str) -> tuple[str, ...]:
    size = show_size(backup.size) if backup.size is not None else "–"
    files = str(backup.files) if backup.files is not None else "–"
    taken, state = reader.instant(backup.time), state_of(backup, reader.now)
    return (taken, asset, backup.repository, backup.id[:12], size, files, state, why)


def _backup_item(backup: Backup, asset: str, now: datetime, why: str) -> Item:
    return {
        "asset": asset,
        "repository": backup.repository,
        "id": backup.id,
        "lineage": backup.lineage,
        "time": format_instant(backup.time),
        "size": backup.size,
        "files": backup.files,
        "verdict": backup.verdict.value,
        "present": backup.present(now),
        "counted": backup.counted(now),
        "read": backup.read_at is not None,
        "restored": backup.restored_at is not None,
        "whyKept": why,
    }


def attempts_list(attempts: Iterable[Attempt], reader: Reader, fixed: frozenset[str] = frozenset()) -> Listing:
    """Attempts, newest first; ``fixed`` as in a Listing."""
    rows, items = [], []
    for found in attempts:
        outcome = found.outcome.value if found.outcome else "running"
        took = format_duration(found.duration) if found.duration and found.duration.total_seconds() >= 1 else "–"
        about = found.asset or ""
        rows.append(
            (reader.instant(found.started), found.verb.value, about, found.repository, outcome, took, found.message)
        )
        items.append(
            {
                "id": found.id,
                "action": found.verb.value,
                "asset": found.asset,
                "repository": found.repository,
                "started": format_instant(found.started),
                "ended": format_instant(found.ended) if found.ended else None,
                "outcome": outcome,
                "code": found.code,
                "message": found.message,
                "backup": found.backup,
                "seconds": found.duration.total_seconds() if found.duration else None,
            }
        )
    return Listing("Attempt", ATTEMPTS, tuple(rows), tuple(items), fixed)


def holds_list(policy: ResolvedPolicy) -> Listing:
    """Holds of the policy."""
    rows, items = [], []
    for name, hold in policy.holds.items():
        selected = ", ".join(hold.select.assets) or hold.select.tier or "everything selected"
        rows.append((name, selected, hold.expires.isoformat(), hold.reason))
        items.append({"name": name, **hold.model_dump(mode="json", by_alias=True)})
    return Listing("Hold", HOLDS, tuple(rows), tuple(items))
