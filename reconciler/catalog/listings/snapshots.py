"""Keeps the raw snapshots of each repository, as its listings showed them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

from sqlalchemy import Connection, Row, and_, bindparam, delete, insert, select

from reconciler.catalog.listings.tables import REPOSITORIES, SNAPSHOTS
from reconciler.catalog.listings.touched import Kind, Touch, touch
from reconciler.catalog.prepared import Query, Write
from reconciler.catalog.values import ListingChange
from reconciler.observed.facts import Reach
from reconciler.observed.identify import ATTEMPT_TAG, IDENTITY_TAG
from reconciler.observed.listing import Snapshot

AT_ONCE = 500
"""So many values go into one statement."""

_IT = and_(SNAPSHOTS.c.repository == bindparam("its_repository"), SNAPSHOTS.c.id == bindparam("its_id"))
_REMOVE = Write(delete(SNAPSHOTS).where(_IT))
_ADD = Write(insert(SNAPSHOTS), tuple(column.name for column in SNAPSHOTS.c))


def _names(identity: str | None, origin: str) -> tuple[str | None, str]:
    return identity, origin


_NAMES = Query(select(SNAPSHOTS.c.identity, SNAPSHOTS.c.origin).where(_IT), _names)


def store(connection: Connection, change: ListingChange) -> None:
    """Take over a complete listing."""
    replace_rows(connection, change.repository, change.added, change.removed)
    touch(connection, [(Kind.REPOSITORY, change.repository)])
    before = connection.execute(select(REPOSITORIES).where(REPOSITORIES.c.name == change.repository)).first()
    row = {"code": "", "message": "", **(dict(before._mapping) if before else {})}
    row |= {
        "name": change.repository,
        "reach": Reach.READY,
        "seen": change.engine_id,
        "fingerprint": change.fingerprint,
        "code": "",
        "message": "",
        "looked_at": change.at,
        "listed_at": change.at,
        "trouble_since": None,
        "damaged": change.damaged,
    }
    connection.execute(delete(REPOSITORIES).where(REPOSITORIES.c.name == change.repository))
    connection.execute(insert(REPOSITORIES), [row])


def replace_rows(
    connection: Connection, repository: str, added: Collection[Snapshot], removed: Collection[str] = ()
) -> None:
    """Add snapshots, or write them anew, and remove others; says nothing about the listing as a whole."""
    rows = [_row(repository, snapshot) for snapshot in added]
    new = _named_by((row["identity"], row["origin"]) for row in rows)
    ids = [*(snapshot.id for snapshot in added), *removed]
    # A known id may be listed again under another tag: then it was somebody else's before.
    touch(connection, {*new, *_named_there(connection, repository, ids)})
    _REMOVE.run(connection, [{"its_repository": repository, "its_id": identifier} for identifier in ids])
    _ADD.run(connection, rows)


def _named_by(found: Iterable[tuple[object, object]]) -> Iterator[Touch]:
    """By whose rules a snapshot may belong to an asset: its tag, or where it comes from."""
    for identity, origin in found:
        yield Kind.ORIGIN, str(origin)
        if identity:
            yield Kind.IDENTITY, str(identity)


def _named_there(connection: Connection, repository: str, ids: Collection[str]) -> Iterator[Touch]:
    if len(ids) == 1:
        yield from _named_by(_NAMES.all(connection, its_repository=repository, its_id=next(iter(ids))))
        return
    for some in _pieces(sorted(ids)):
        columns = select(SNAPSHOTS.c.identity, SNAPSHOTS.c.origin)
        query = columns.where(SNAPSHOTS.c.repository == repository, SNAPSHOTS.c.id.in_(some))
        yield from _named_by((row.identity, row.origin) for row in connection.execute(query))


def known_ids(connection: Connection, repository: str) -> frozenset[str]:
    """The ids of all snapshots kept for a repository."""
    query = select(SNAPSHOTS.c.id).where(SNAPSHOTS.c.repository == repository)
    return frozenset(connection.scalars(query))


def kept(connection: Connection, repository: str, ids: Collection[str]) -> Iterator[Snapshot]:
    """The snapshots with these ids, as far as they are kept."""
    for some in _pieces(sorted(ids)):
        query = select(SNAPSHOTS).where(SNAPSHOTS.c.repository == repository, SNAPSHOTS.c.id.in_(some))
        yield from (snapshot_of(row) for row in connection.execute(query))


def snapshot_of(
    row: Row[tuple[object, ...]], paths: Iterable[str] | None = None, tags: Iterable[str] | None = None
) -> Snapshot:
    """The snapshot that a row holds; its lists may be given, where they were read as raw text."""
    return Snapshot(
        id=row.id,
        time=row.time,
        host=row.host,
        paths=row.paths if paths is None else tuple(paths),
        tags=row.tags if tags is None else tuple(tags),
        original=row.original,
        size=row.size,
        files=row.files,
        tree=row.tree,
    )


def origin_key(host: str, paths: Iterable[str]) -> str:
    """A digest of the host and the set of paths: what adopt rules compare."""
    text = json.dumps([host, sorted(set(paths))], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _row(repository: str, snapshot: Snapshot) -> dict[str, object]:
    return {
        "repository": repository,
        "id": snapshot.id,
        "time": snapshot.time,
        "host": _text(snapshot.host),
        "paths": snapshot.paths,
        "tags": snapshot.tags,
        "original": snapshot.original,
        "size": snapshot.size,
        "files": snapshot.files,
        "tree": snapshot.tree,
        "lineage": snapshot.original or snapshot.id,
        "identity": _text(snapshot.tag(IDENTITY_TAG)),
        "origin": origin_key(snapshot.host, snapshot.paths),
        "attempt": _text(snapshot.tag(ATTEMPT_TAG)),
    }


def _text(value: str | None) -> str | None:
    """Text that any database takes: one odd snapshot must not hide the others."""
    return None if value is None else value.encode("utf-8", "replace").decode().replace("\0", "?")


def _pieces(values: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(values)
    while some := list(islice(rest, AT_ONCE)):
        yield some
