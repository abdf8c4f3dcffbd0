"""Keeps how each promise stood: the small table that a pass reads instead of a million backups."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, Row, and_, bindparam, delete, insert, select

from reconciler.catalog.columns import instant_text
from reconciler.catalog.listings import memory, reasons
from reconciler.catalog.listings.tables import STANDINGS
from reconciler.catalog.values import Standing
from reconciler.obligations.assessment import Promise

_KEY = ("kind", "asset", "repository", "name")
_AS_OF = "standings-as-of"


def save(connection: Connection, changed: Iterable[Standing], gone: Collection[Promise]) -> None:
    """Write rows anew and remove others."""
    rows = list(changed)
    fits = and_(*(STANDINGS.c[name] == bindparam(f"key_{name}") for name in _KEY))
    keys = [*gone, *(standing.promise for standing in rows)]
    if keys:
        named = [{f"key_{name}": getattr(promise, name) for name in _KEY} for promise in keys]
        connection.execute(delete(STANDINGS).where(fits), named)
    if rows:
        connection.execute(insert(STANDINGS), [_row(standing) for standing in rows])


def clear(connection: Connection) -> None:
    """Remove all of them."""
    connection.execute(delete(STANDINGS))


def load(connection: Connection) -> tuple[Standing, ...]:
    """All of them, by promise."""
    query = select(STANDINGS).order_by(*(STANDINGS.c[name] for name in _KEY))
    return tuple(_read(row) for row in connection.execute(query))


def note_as_of(connection: Connection, as_of: tuple[int, datetime], made_from: str) -> None:
    """Keep up to which change and when the rows are true, and of which policy, limits and program."""
    memory.remember(connection, _AS_OF, f"{as_of[0]} {instant_text(as_of[1])} {made_from}")


def as_of(connection: Connection, made_from: str) -> tuple[int, datetime] | None:
    """Up to which change and when the rows are true; None when they were made from something else."""
    kept = memory.recall(connection, _AS_OF)
    if kept is None:
        return None
    seq, at, known = kept.split(" ", 2)
    return (int(seq), datetime.fromisoformat(at)) if known == made_from else None


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
        "acts": standing.acts,
        "listed": standing.listed,
        "failures": standing.failures,
    }


def _read(row: Row[tuple[object, ...]]) -> Standing:
    return Standing(
        promise=Promise(row.kind, row.asset, row.repository, row.name),
        state=row.state,
        reason=reasons.from_text(row.reason),
        since=row.since,
        until=row.until,
        acts=row.acts,
        newest=row.newest,
        listed=row.listed,
        failures=row.failures,
    )
