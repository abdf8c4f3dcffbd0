"""Puts each listed snapshot together with what the journal knows of it: the backups of assets, and orphans."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, Text, and_, or_, select, type_coerce

from reconciler.catalog.listings.snapshots import origin_key, snapshot_of
from reconciler.catalog.listings.tables import SNAPSHOTS
from reconciler.catalog.projection.tables import ACCEPTED, ATTEMPTS, EVIDENCE, VERDICTS
from reconciler.observed.backup import Backup, Verdict
from reconciler.observed.identify import REQUEST_TAG, Identification, Ownership, identify
from reconciler.observed.listing import Snapshot, tag_of
from reconciler.policy.resolved import ResolvedPolicy

_RAW = ("paths", "tags")
"""Lists that are read as the text that they are kept as: hardly any backup needs them taken apart."""
_REQUESTED = f"{REQUEST_TAG}="

Place = tuple[str, str]
"""An asset (or an orphan's identity) and a repository."""


@dataclass(frozen=True, slots=True)
class Found:
    """Backups newest first: of placed assets, and of those that the policy no longer places there."""

    placed: dict[Place, list[Backup]] = field(default_factory=dict)
    orphaned: dict[Place, list[Backup]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Known:
    """What rows are held against. ``fates``: whose backups of one tag and origin in one repository are, found once."""

    policy: ResolvedPolicy
    ownership: Ownership
    accepted: frozenset[Place]
    zone: ZoneInfo
    fates: dict[tuple[str | None, str, str], _Fate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Fate:
    """``name`` None: nobody's. ``place`` where such backups are gathered."""

    whose: Identification
    name: str | None = None
    place: Place = ("", "")
    orphaned: bool = False


def find(
    connection: Connection, policy: ResolvedPolicy, assets: Collection[str] | None, orphans: Collection[str] = ()
) -> Found:
    """The backups of these assets and of these orphaned identities, or of all; those of others are not read."""
    accepted = frozenset((row.asset, row.lineage) for row in connection.execute(select(ACCEPTED)))
    known = _Known(policy, Ownership.of(policy), accepted, ZoneInfo(policy.settings.time_zone))
    found = Found()
    for row in connection.execute(_query(policy, assets, orphans)):
        _sort_in(found, row, known)
    return found


def orphaned(
    connection: Connection, policy: ResolvedPolicy, identities: Collection[str] | None = None
) -> frozenset[str]:
    """Of these identities of the policy, or of all, those of which backups lie where it does not place them."""
    columns = SNAPSHOTS.c
    query = select(columns.identity, columns.repository).distinct()
    if identities is None:
        query = query.where(columns.identity.startswith(policy.identity(""), autoescape=True))
    else:
        query = query.where(columns.identity.in_(sorted(identities)))
    placed = {(policy.identity(a.name), place.repository) for a in policy.assets.values() for place in a.placements}
    return frozenset(row.identity for row in connection.execute(query) if (row.identity, row.repository) not in placed)


def _sort_in(found: Found, row: Row[tuple[object, ...]], known: _Known) -> None:
    key = (row.identity, row.origin, row.repository)
    fate = known.fates.get(key)
    if fate is None:
        fate = known.fates[key] = _fate(row, known)
    if fate.name is not None:
        among = found.orphaned if fate.orphaned else found.placed
        among.setdefault(fate.place, []).append(_backup(row, fate.name, fate.whose, known))


def _fate(row: Row[tuple[object, ...]], known: _Known) -> _Fate:
    snapshot = snapshot_of(row, paths=json.loads(row.paths), tags=json.loads(row.tags))
    whose = identify(snapshot, known.ownership)
    name = whose.asset or whose.orphan
    if name is not None and known.policy.places(name, row.repository):
        return _Fate(whose, name, (name, row.repository))
    if name is not None and known.ownership.named(snapshot) is not None:
        # Also an asset that is still named, but no longer placed in this repository.
        return _Fate(whose, name, (known.policy.identity(name), row.repository), orphaned=True)
    return _Fate(whose)


def _query(
    policy: ResolvedPolicy, assets: Collection[str] | None, orphans: Collection[str]
) -> Select[tuple[object, ...]]:
    columns = SNAPSHOTS.c
    joined = (
        SNAPSHOTS.outerjoin(VERDICTS, VERDICTS.c.lineage == columns.lineage)
        .outerjoin(EVIDENCE, and_(EVIDENCE.c.repository == columns.repository, EVIDENCE.c.backup == columns.id))
        .outerjoin(ATTEMPTS, ATTEMPTS.c.id == columns.attempt)
    )
    query: Select[tuple[object, ...]] = (
        select(
            *(type_coerce(one, Text).label(one.name) if one.name in _RAW else one for one in columns),
            VERDICTS.c.verdict,
            VERDICTS.c.suspicious,
            VERDICTS.c.asset.label("judged_as"),
            VERDICTS.c.size.label("judged_size"),
            VERDICTS.c.files.label("judged_files"),
            EVIDENCE.c.restored_at,
            EVIDENCE.c.invalidated_at,
            ATTEMPTS.c.id.label("begun"),
            ATTEMPTS.c.keep_until,
        )
        .select_from(joined)
        .where(columns.repository.in_(sorted(policy.repositories)))
        .order_by(columns.time.desc(), columns.id.desc())
    )
    if assets is None:
        return query
    wanted = [policy.assets[name] for name in sorted(assets) if name in policy.assets]
    identities = sorted({*(policy.identity(asset.name) for asset in wanted), *orphans})
    origins = [origin_key(asset.adopt.host, asset.adopt.paths) for asset in wanted if asset.adopt]
    if not origins:
        # With "or" beside an empty list SQLite takes no index, and reads every snapshot for one asset.
        return query.where(columns.identity.in_(identities))
    return query.where(or_(columns.identity.in_(identities), columns.origin.in_(origins)))


def _backup(row: Row[tuple[object, ...]], name: str, whose: Identification, known: _Known) -> Backup:
    request = tag_of(json.loads(row.tags), REQUEST_TAG) if _REQUESTED in row.tags else None
    lineage: str = row.lineage
    # An attempt that began here and left no verdict stays unknown: a rule for old snapshots does not judge it.
    adopted = whose.counts and row.verdict is None and row.begun is None
    return Backup(
        id=row.id,
        asset=name,
        repository=row.repository,
        lineage=lineage,
        time=row.time,
        size=row.judged_size if row.size is None else row.size,
        files=row.judged_files if row.files is None else row.files,
        attempt=row.attempt,
        request=request,
        verdict=_verdict(row, name, whose),
        suspicious=bool(row.suspicious),
        accepted=bool({(name, lineage), (row.judged_as, lineage)} & known.accepted),
        adopted=adopted,
        invalidated=row.invalidated_at is not None,
        restored_at=row.restored_at,
        keep_until=_keep_until(row, request, known),
    )


def _verdict(row: Row[tuple[object, ...]], name: str, whose: Identification) -> Verdict:
    """A verdict given to another asset's backup says nothing of this one; a rule may take over what was judged."""
    if row.verdict is None or not (whose.adopted or row.judged_as == name):
        return Verdict.UNKNOWN
    return Verdict(row.verdict)


def _keep_until(row: Row[tuple[object, ...]], request: str | None, known: _Known) -> datetime | None:
    """The beginning of that day in the policy's zone; the policy's own word goes before what it said at birth."""
    asked = known.policy.requests.get(request) if request else None
    day = (asked.keep_until if asked else None) or row.keep_until
    return None if day is None else datetime.combine(day, time(0), known.zone)


def ours(snapshots: Iterator[Snapshot], policy: ResolvedPolicy) -> frozenset[str]:
    """The ids of those that belong to the policy, its orphans included."""
    ownership = Ownership.of(policy)
    return frozenset(snapshot.id for snapshot in snapshots if identify(snapshot, ownership).ours)
