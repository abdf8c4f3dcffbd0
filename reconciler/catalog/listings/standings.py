"""Keeps how each promise stood: the small table that a pass with nothing to do reads, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Row, and_, bindparam, delete, insert, select

from reconciler.catalog.database import Database
from reconciler.catalog.listings import reasons
from reconciler.catalog.listings.tables import STANDINGS
from reconciler.catalog.values import Standing
from reconciler.obligations.assessment import Assessment, Promise

_KEY = ("kind", "asset", "repository", "name")


def save(database: Database, found: Iterable[Assessment], now: datetime, assets: Collection[str] | None) -> int:
    """Write the rows that changed and remove promises that are gone; gives how many rows that were.

    ``assets`` None: these are all promises; else all promises of these assets. A pass that changes nothing
    writes nothing. ``since`` is the assessment's own, else the time at which this state was first seen.
    """
    new = {assessment.promise: _standing(assessment, now) for assessment in found}
    with database.reading() as connection:
        old = {standing.promise: standing for standing in load(connection)}
    for promise, standing in new.items():
        before = old.get(promise)
        if before is not None and before.state is standing.state and standing.since == now:
            new[promise] = replace(standing, since=before.since)
    mine = [promise for promise in old if assets is None or promise.asset in assets]
    gone = [promise for promise in mine if promise not in new]
    changed = [standing for promise, standing in new.items() if old.get(promise) != standing]
    if gone or changed:
        with database.writing() as connection:
            _write(connection, changed, gone)
    return len(gone) + len(changed)


def load(connection: Connection) -> tuple[Standing, ...]:
    """All of them, by promise."""
    query = select(STANDINGS).order_by(*(STANDINGS.c[name] for name in _KEY))
    return tuple(_read(row) for row in connection.execute(query))


def due(connection: Connection, now: datetime) -> tuple[Standing, ...]:
    """Those whose result may have changed by time alone, the earliest first."""
    query = select(STANDINGS).where(STANDINGS.c.until <= now).order_by(STANDINGS.c.until)
    return tuple(_read(row) for row in connection.execute(query))


def _standing(assessment: Assessment, now: datetime) -> Standing:
    newest = assessment.reason.get("newest")
    return Standing(
        promise=assessment.promise,
        state=assessment.state,
        reason=assessment.reason,
        since=assessment.since or now,
        until=assessment.until,
        newest=newest if isinstance(newest, datetime) else None,
    )


def _write(connection: Connection, changed: list[Standing], gone: list[Promise]) -> None:
    fits = and_(*(STANDINGS.c[name] == bindparam(f"key_{name}") for name in _KEY))
    keys = [*gone, *(standing.promise for standing in changed)]
    connection.execute(
        delete(STANDINGS).where(fits), [{f"key_{name}": getattr(promise, name) for name in _KEY} for promise in keys]
    )
    if changed:
        connection.execute(insert(STANDINGS), [_row(standing) for standing in changed])


def _row(standing: Standing) -> dict[str, object]:
    promise = standing.promise
    return {
        "kind": promise.kind,
        "asset": promise.asset,
        "repository": promise.repository,
        "name": promise.name,
        "state": standing.state,
        "reason": reasons.to_text(standing.reason),
        "since": standing.since,
        "until": standing.until,
        "newest": standing.newest,
    }


def _read(row: Row[tuple[object, ...]]) -> Standing:
    return Standing(
        promise=Promise(row.kind, row.asset, row.repository, row.name),
        state=row.state,
        reason=reasons.from_text(row.reason),
        since=row.since,
        until=row.until,
        newest=row.newest,
    )
