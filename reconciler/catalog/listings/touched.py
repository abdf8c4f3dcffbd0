"""Which assets and repositories were touched since when: written with each change, so that nobody looks for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select

from reconciler.catalog.listings.tables import TOUCHED
from reconciler.catalog.prepared import Query, Write


class Kind(StrEnum):
    """What a touch names. ``IDENTITY`` and ``ORIGIN`` name backups as snapshots do: whose they are, the policy says.

    ``BACKUP`` is ``repository id``, ``EVERYTHING`` has no name.
    """

    ASSET = "asset"
    REPOSITORY = "repository"
    IDENTITY = "identity"
    ORIGIN = "origin"
    BACKUP = "backup"
    EVERYTHING = "everything"


Touch = tuple[Kind, str]
EVERYTHING: Touch = (Kind.EVERYTHING, "")

_FITS = and_(TOUCHED.c.kind == bindparam("its_kind"), TOUCHED.c.key == bindparam("its_key"))
_REMOVE, _ADD = Write(delete(TOUCHED).where(_FITS)), Write(insert(TOUCHED), ("kind", "key", "seq"))


def _seq(last: int | None) -> int:
    return last or 0


_NEWEST = Query(select(func.max(TOUCHED.c.seq)), _seq)


@dataclass(frozen=True, slots=True)
class Touched:
    """What was touched after some place, and the place that it reaches to."""

    seq: int
    everything: bool = False
    assets: frozenset[str] = frozenset()
    repositories: frozenset[str] = frozenset()
    identities: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    backups: frozenset[str] = frozenset()


def touch(connection: Connection, touches: Collection[Touch]) -> None:
    """Note them, in the transaction of the change itself."""
    if not touches:
        return
    rows = [{"kind": kind.value, "key": key} for kind, key in sorted(set(touches))]
    # Asked before anything is deleted: no place is ever given twice, so whoever knows one misses nothing.
    seq = newest(connection) + 1
    _REMOVE.run(connection, [{"its_kind": one["kind"], "its_key": one["key"]} for one in rows])
    _ADD.run(connection, [{**one, "seq": seq} for one in rows])


def since(connection: Connection, seq: int) -> Touched:
    """What was touched after that place; everything when that place lies ahead of all that is known."""
    last = newest(connection)
    if last < seq:
        return Touched(last, everything=True)
    found: dict[str, set[str]] = {kind.value: set() for kind in Kind}
    if last > seq:
        for row in connection.execute(select(TOUCHED).where(TOUCHED.c.seq > seq)):
            found[row.kind].add(row.key)
    return Touched(
        last,
        everything=bool(found[Kind.EVERYTHING]),
        assets=frozenset(found[Kind.ASSET]),
        repositories=frozenset(found[Kind.REPOSITORY]),
        identities=frozenset(found[Kind.IDENTITY]),
        origins=frozenset(found[Kind.ORIGIN]),
        backups=frozenset(found[Kind.BACKUP]),
    )


def newest(connection: Connection) -> int:
    """The place of the last touch; 0 before any."""
    return _NEWEST.first(connection) or 0
