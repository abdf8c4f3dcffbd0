"""Keeps what the last look at each repository found."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from reconciler.catalog.listings.tables import REPOSITORIES
from reconciler.catalog.listings.touched import Kind, touch
from reconciler.catalog.values import RepositoryLook
from reconciler.observed.facts import Reach


def store(connection: Connection, look: RepositoryLook) -> None:
    """Take over a look. Trouble begins with the first look that fails, and ends with the first that does not."""
    columns = REPOSITORIES.c
    touch(connection, [(Kind.REPOSITORY, look.repository)])
    before = connection.execute(select(REPOSITORIES).where(columns.name == look.repository)).first()
    row: dict[str, object] = {"name": look.repository, "damaged": (), "trouble_since": None}
    row |= dict(before._mapping) if before else {}
    row |= {"reach": look.reach, "code": look.code, "message": look.message, "looked_at": look.at}
    row["trouble_since"] = None if look.reach is Reach.READY else row["trouble_since"] or look.at
    if look.seen is not None:
        row["seen"] = look.seen
    measured = {"total": look.total, "free": look.free, "stored": look.stored}
    found = {name: value for name, value in measured.items() if value is not None}
    if found:
        row |= {**found, "measured_at": look.at}
    connection.execute(delete(REPOSITORIES).where(columns.name == look.repository))
    connection.execute(insert(REPOSITORIES), [row])


def fingerprints(connection: Connection) -> dict[str, str]:
    """What each repository's listing looked like from afar when it was last taken over.

    Without those at which the last look failed: the next one must list, so that the trouble is seen to have ended.
    """
    columns = REPOSITORIES.c
    query = select(columns.name, columns.fingerprint).where(columns.reach == Reach.READY)
    return {row.name: row.fingerprint for row in connection.execute(query) if row.fingerprint is not None}
