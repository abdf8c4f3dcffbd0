"""Reads snapshots, verdicts and attempts in bulk, as the driver gives them: a million rows are no place for objects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Text, and_, bindparam, case, null, or_, select, type_coerce

from reconciler.catalog.listings.snapshots import AT_ONCE, origin_key
from reconciler.catalog.listings.tables import SNAPSHOTS
from reconciler.catalog.prepared import Query
from reconciler.catalog.projection.tables import ACCEPTED, ATTEMPTS, EVIDENCE, VERDICTS
from reconciler.observed.identify import REQUEST_TAG
from reconciler.policy.resolved import ResolvedPolicy

Raw = tuple[Any, ...]


class Row(NamedTuple):
    """A snapshot with what was proved of it. Time and id come first: rows of one place sort as its backups do.

    ``time`` and the last two are texts of fixed width. ``origin`` is left out where no rule asks for it, ``tags``
    where none of them names a request.
    """

    time: str
    id: str
    identity: str | None
    repository: str
    origin: str | None
    original: str | None
    attempt: str | None
    size: int | None
    files: int | None
    tags: str | None
    restored_at: str | None
    invalidated_at: str | None


class Judged(NamedTuple):
    """A verdict, and of whose backup it was."""

    lineage: str
    asset: str
    verdict: str
    suspicious: int
    size: int | None
    files: int | None


def snapshots(
    connection: Connection,
    policy: ResolvedPolicy,
    assets: Collection[str] | None,
    orphans: Collection[str] = (),
    *,
    adopting: bool,
) -> Sequence[Raw]:
    """A ``Row`` for each snapshot of these assets and of these orphaned identities, or of all.

    ``adopting``: the policy has adopt rules.
    """
    columns = SNAPSHOTS.c
    query = _snapshots(adopting=adopting).where(columns.repository.in_(sorted(policy.repositories)))
    if assets is None:
        return _raw(connection, query)
    wanted = [policy.assets[name] for name in sorted(assets) if name in policy.assets]
    identities = sorted({*(policy.identity(asset.name) for asset in wanted), *orphans})
    origins = [origin_key(asset.adopt.host, asset.adopt.paths) for asset in wanted if asset.adopt]
    if len(identities) == 1 and not origins:
        found = _OF_IDENTITY[adopting].raw(connection, identity=identities[0])
        return [row for row in found if row[3] in policy.repositories]
    if not origins:
        # With "or" beside an empty list SQLite takes no index, and reads every snapshot for one asset.
        return _raw(connection, query.where(columns.identity.in_(identities)))
    return _raw(connection, query.where(or_(columns.identity.in_(identities), columns.origin.in_(origins))))


def verdicts(connection: Connection, assets: Collection[str] | None) -> dict[str, Raw]:
    """A ``Judged`` for each verdict that backups of these assets were given, or for all of them, by lineage."""
    if assets is not None and len(assets) == 1:
        return {str(row[0]): row for row in _JUDGED_OF.raw(connection, asset=next(iter(assets)))}
    query = _JUDGED if assets is None else _JUDGED.where(VERDICTS.c.asset.in_(sorted(assets)))
    return {row[0]: row for row in _raw(connection, query)}


def verdicts_of(connection: Connection, lineages: Iterable[str]) -> dict[str, Raw]:
    """The same of these lineages, whoever they were given to."""
    found: dict[str, Raw] = {}
    for some in _pieces(lineages):
        found |= {row[0]: row for row in _raw(connection, _JUDGED.where(VERDICTS.c.lineage.in_(some)))}
    return found


def begun(connection: Connection, attempts: Iterable[str]) -> frozenset[str]:
    """Those of these attempts that the journal knows."""
    found: set[str] = set()
    for some in _pieces(attempts):
        found.update(connection.scalars(select(ATTEMPTS.c.id).where(ATTEMPTS.c.id.in_(some))))
    return frozenset(found)


def accepted(connection: Connection) -> frozenset[tuple[str, str]]:
    """Of whose suspicious backups a person said that they are right: assets and lineages."""
    return frozenset(_ACCEPTED.all(connection))


def keeping(connection: Connection) -> dict[str, date]:
    """Until when the backups of attempts were asked to be kept, where anybody did."""
    return dict(_KEEPING.all(connection))


_JUDGED: Select[tuple[object, ...]] = select(
    VERDICTS.c.lineage,
    VERDICTS.c.asset,
    VERDICTS.c.verdict,
    VERDICTS.c.suspicious,
    VERDICTS.c.size,
    VERDICTS.c.files,
)
_JUDGED_OF = Query(_JUDGED.where(VERDICTS.c.asset == bindparam("asset")), Judged)


def _accepted(asset: str, lineage: str) -> tuple[str, str]:
    return asset, lineage


_ACCEPTED = Query(select(ACCEPTED.c.asset, ACCEPTED.c.lineage), _accepted)


def _kept(attempt: str, keep_until: date) -> tuple[str, date]:
    return attempt, keep_until


_KEEPING = Query(select(ATTEMPTS.c.id, ATTEMPTS.c.keep_until).where(ATTEMPTS.c.keep_until.is_not(None)), _kept)


def _snapshots(*, adopting: bool) -> Select[tuple[object, ...]]:
    columns = SNAPSHOTS.c
    proved = and_(EVIDENCE.c.repository == columns.repository, EVIDENCE.c.backup == columns.id)
    return select(
        columns.time,
        columns.id,
        columns.identity,
        columns.repository,
        columns.origin if adopting else null(),
        columns.original,
        columns.attempt,
        columns.size,
        columns.files,
        case((type_coerce(columns.tags, Text).contains(f"{REQUEST_TAG}="), columns.tags)),
        EVIDENCE.c.restored_at,
        EVIDENCE.c.invalidated_at,
    ).select_from(SNAPSHOTS.outerjoin(EVIDENCE, proved))


_OF_IDENTITY = {
    adopting: Query(_snapshots(adopting=adopting).where(SNAPSHOTS.c.identity == bindparam("identity")), Row)
    for adopting in (True, False)
}


def _raw(connection: Connection, query: Select[tuple[object, ...]]) -> Sequence[Raw]:
    """The rows as the driver gives them, without a type of ours: texts for times, numbers for truths."""
    cursor = connection.execute(query).cursor
    return cursor.fetchall() if cursor is not None else ()


def _pieces(values: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(sorted(set(values)))
    while some := list(islice(rest, AT_ONCE)):
        yield some
