"""Reads what is known of each asset in each repository, and of orphans."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from reconciler.catalog.facts.backups import Found
from reconciler.catalog.facts.making import Place
from reconciler.catalog.listings import memory
from reconciler.catalog.prepared import Query
from reconciler.catalog.projection.attempts import samples
from reconciler.catalog.projection.rows import AttemptRow, MarkRow, PlacementRow
from reconciler.catalog.projection.shelf import every
from reconciler.catalog.projection.tables import ATTEMPTS, MARKS, PLACEMENTS
from reconciler.observed.attempts import Attempt
from reconciler.observed.facts import MarkFacts, OrphanFacts, PlacementFacts
from reconciler.observed.project import usual_duration, usual_size
from reconciler.policy.resolved import ResolvedPolicy

_FEW = 3
"""So many are asked for one by one, which costs less than to build a statement for them all."""
_PLACEMENTS, _MARKS = every(PLACEMENTS, PlacementRow), every(MARKS, MarkRow)
_ROWS_OF = Query(_PLACEMENTS.where(PLACEMENTS.c.asset == bindparam("asset")), PlacementRow)
_MARKS_OF = Query(_MARKS.where(MARKS.c.asset == bindparam("asset")), MarkRow)
_ATTEMPT = Query(every(ATTEMPTS, AttemptRow).where(ATTEMPTS.c.id == bindparam("id")), AttemptRow)


def placements(
    connection: Connection, policy: ResolvedPolicy, assets: Collection[str] | None, found: Found
) -> dict[Place, PlacementFacts]:
    """The facts of every placement of these assets, or of all."""
    settings_at = memory.settings_changed_at(connection)
    rows = _rows(connection, assets)
    marks = _marks(connection, assets)
    names = sorted(policy.assets if assets is None else set(assets) & set(policy.assets))
    places = [(name, placed.repository) for name in names for placed in policy.assets[name].placements]
    last = attempts(connection, [rows[place].last for place in places if place in rows])
    gathered = {}
    for place in places:
        row = rows.get(place) or PlacementRow(*place)
        changed_at = max((at for at in (row.changed_at, settings_at) if at is not None), default=None)
        facts = _facts(row, last.get(row.last or ""), changed_at)
        gathered[place] = replace(facts, backups=found.placed.get(place, ()), marks=marks.get(place, {}))
    return gathered


def without_backups(connection: Connection, asset: str, repository: str) -> PlacementFacts:
    """What is known of one placement beside its backups and its last attempt: balance, usual size and duration."""
    rows = {row.repository: row for row in _ROWS_OF.all(connection, asset=asset)}
    return _facts(rows.get(repository) or PlacementRow(asset, repository), None, None)


def orphans(connection: Connection, policy: ResolvedPolicy, found: Found) -> tuple[OrphanFacts, ...]:
    """Backups of this policy's identities in places that it no longer names."""
    if not found.orphaned:
        return ()
    rows, marks = _rows(connection, None), _marks(connection, None)
    gathered = []
    for (identity, repository), backups in sorted(found.orphaned.items()):
        place = (identity.removeprefix(f"{policy.name}/"), repository)
        credit = rows[place].credit if place in rows else PlacementRow(*place).credit
        gathered.append(OrphanFacts(identity, repository, tuple(backups), marks.get(place, {}), credit))
    return tuple(gathered)


def attempts(connection: Connection, ids: Collection[str | None]) -> dict[str, Attempt]:
    """The attempts with these ids."""
    wanted = sorted({identifier for identifier in ids if identifier is not None})
    found: dict[str, Attempt] = {}
    if len(wanted) <= _FEW:
        rows = (_ATTEMPT.first(connection, id=identifier) for identifier in wanted)
        return {row.id: row.attempt() for row in rows if row is not None}
    for start in range(0, len(wanted), 500):
        query = select(ATTEMPTS).where(ATTEMPTS.c.id.in_(wanted[start : start + 500]))
        found |= {row.id: AttemptRow(**row._mapping).attempt() for row in connection.execute(query)}
    return found


def _facts(row: PlacementRow, last: Attempt | None, changed_at: datetime | None) -> PlacementFacts:
    recent = samples(row.recent)
    return PlacementFacts(
        asset=row.asset,
        repository=row.repository,
        wanted_since=row.wanted_since,
        last=last,
        failures=row.failures,
        failing_since=row.failing_since,
        credit=row.credit,
        usual_duration=usual_duration(recent),
        usual_size=usual_size(recent),
        changed_at=changed_at,
        running=last is not None and last.ended is None,
        last_read_all=row.read_all,
    )


def _rows(connection: Connection, assets: Collection[str] | None) -> dict[Place, PlacementRow]:
    if assets is not None and len(assets) <= _FEW:
        rows = [row for asset in sorted(assets) for row in _ROWS_OF.all(connection, asset=asset)]
    else:
        query = _PLACEMENTS if assets is None else _PLACEMENTS.where(PLACEMENTS.c.asset.in_(sorted(assets)))
        rows = [PlacementRow(**row._mapping) for row in connection.execute(query)]
    return {(row.asset, row.repository): row for row in rows}


def _marks(connection: Connection, assets: Collection[str] | None) -> dict[Place, dict[str, MarkFacts]]:
    if assets is not None and len(assets) <= _FEW:
        rows = [row for asset in sorted(assets) for row in _MARKS_OF.all(connection, asset=asset)]
    else:
        query = _MARKS if assets is None else _MARKS.where(MARKS.c.asset.in_(sorted(assets)))
        rows = [MarkRow(**row._mapping) for row in connection.execute(query)]
    found: dict[Place, dict[str, MarkFacts]] = {}
    for row in rows:
        mark = MarkFacts(row.backup, row.marked_at, row.why, row.charged, row.approval)
        found.setdefault((row.asset, row.repository), {})[row.backup] = mark
    return found
