"""Reads what is known of each repository."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy import Connection, Row, Select, and_, case, exists, func, select

from reconciler.catalog.columns import UtcTime
from reconciler.catalog.facts.placements import attempts
from reconciler.catalog.listings.tables import REPOSITORIES, SNAPSHOTS
from reconciler.catalog.projection.rows import WorkRow
from reconciler.catalog.projection.tables import ATTEMPTS, GONE, PINS, PLACEMENTS, WORKS
from reconciler.observed.attempts import Attempt, Outcome, Verb
from reconciler.observed.facts import RepositoryFacts
from reconciler.observed.project import NOTHING_WRITTEN
from reconciler.policy.resolved import ResolvedPolicy

Works = Mapping[Verb, WorkRow]


def repositories(connection: Connection, policy: ResolvedPolicy, names: Collection[str]) -> dict[str, RepositoryFacts]:
    """The facts of these repositories."""
    if not names:
        return {}
    looked = {row.name: row for row in connection.execute(select(REPOSITORIES))}
    pins = {row.repository: row.engine_id for row in connection.execute(select(PINS))}
    works = _works(connection)
    last = attempts(connection, [work.last for name in names for work in works.get(name, {}).values()])
    busy = _busy_first(connection, policy)
    begun = _beginnings(connection)
    found = {}
    for name in sorted(names):
        facts = _looked(name, looked.get(name), pins.get(name))
        done = works.get(name, {})
        found[name] = replace(
            _worked(facts, done, last),
            vanished=_vanished(connection, name),
            forgotten=_forgotten(connection, name, done.get(Verb.PRUNE)),
            busy_first=name in busy,
            wanted_since=begun[name].wanted_since if name in begun else None,
            first_backup=begun[name].first_backup if name in begun else None,
        )
    return found


def _looked(name: str, row: Row[tuple[object, ...]] | None, pinned: str | None) -> RepositoryFacts:
    if row is None:
        return RepositoryFacts(name, pinned=pinned)
    return RepositoryFacts(
        name,
        reach=row.reach,
        pinned=pinned,
        seen=row.seen,
        code=row.code,
        message=row.message,
        looked_at=row.looked_at,
        listed_at=row.listed_at,
        trouble_since=row.trouble_since,
        damaged=row.damaged,
        total=row.total,
        free=row.free,
        stored=row.stored,
        measured_at=row.measured_at,
    )


def _worked(facts: RepositoryFacts, works: Works, last: Mapping[str, Attempt]) -> RepositoryFacts:
    check, prune = works.get(Verb.CHECK), works.get(Verb.PRUNE)
    facts = replace(
        facts,
        last={verb.value: last[work.last] for verb, work in works.items() if work.last in last},
        failures={verb.value: work.failures for verb, work in works.items() if work.failures},
        pruned_at=prune.done_at if prune else None,
    )
    if check is None or check.done_at is None:
        return facts
    return replace(facts, checked_at=check.done_at, check_sound=check.sound, check_message=check.message)


def _works(connection: Connection) -> dict[str, dict[Verb, WorkRow]]:
    found: dict[str, dict[Verb, WorkRow]] = {}
    for row in connection.execute(select(WORKS)):
        found.setdefault(row.repository, {})[row.verb] = WorkRow(**row._mapping)
    return found


def _beginnings(connection: Connection) -> dict[str, Row[tuple[object, ...]]]:
    """Since when anything is wanted in each repository, and the first backup there that worked began."""
    columns = PLACEMENTS.c
    worked = case((columns.succeeded.is_not(None), columns.begun))
    query: Select[tuple[object, ...]] = select(
        columns.repository,
        func.min(columns.wanted_since, type_=UtcTime).label("wanted_since"),
        func.min(worked, type_=UtcTime).label("first_backup"),
    ).group_by(columns.repository)
    return {row.repository: row for row in connection.execute(query)}


def _vanished(connection: Connection, repository: str) -> tuple[str, ...]:
    """Gone, not accepted, and not back again."""
    listed = exists().where(and_(SNAPSHOTS.c.repository == GONE.c.repository, SNAPSHOTS.c.id == GONE.c.backup))
    query = (
        select(GONE.c.backup)
        .where(GONE.c.repository == repository, GONE.c.vanished_at.is_not(None), GONE.c.accepted_at.is_(None))
        .where(~listed)
        .order_by(GONE.c.backup)
    )
    return tuple(connection.scalars(query))


def _forgotten(connection: Connection, repository: str, prune: WorkRow | None) -> int:
    """How many were forgotten since the last prune that ended well began."""
    since = prune.done_seq if prune else 0
    query = select(func.count()).where(GONE.c.repository == repository, GONE.c.forgotten_seq > since)
    return connection.scalar(query) or 0


def _busy_first(connection: Connection, policy: ResolvedPolicy) -> frozenset[str]:
    """Repositories that hold parts of a first backup which a later try will use.

    An attempt that failed before the engine wrote anything leaves no parts, and one that is not tried again
    would otherwise stop pruning for ever.
    """
    columns = PLACEMENTS.c
    query = (
        select(columns.asset, columns.repository, ATTEMPTS.c.outcome, ATTEMPTS.c.code, ATTEMPTS.c.retry)
        .select_from(PLACEMENTS.outerjoin(ATTEMPTS, ATTEMPTS.c.id == columns.last))
        .where(columns.begun.is_not(None), columns.succeeded.is_(None))
    )
    return frozenset(
        row.repository
        for row in connection.execute(query)
        if policy.places(row.asset, row.repository)
        and not (row.outcome is Outcome.FAILED and (not row.retry or row.code in NOTHING_WRITTEN))
    )
