"""Reads what happened: attempts, deletions that explain an absence, and signs that a journal was lost."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, Text, and_, func, or_, select, type_coerce

from reconciler.catalog.listings import memory
from reconciler.catalog.listings.tables import SNAPSHOTS
from reconciler.catalog.projection.rows import AttemptRow
from reconciler.catalog.projection.tables import ATTEMPTS, GONE
from reconciler.observed.attempts import Attempt
from reconciler.observed.identify import TOOL, TOOL_TAG

LOST_KEY = "journal-lost"
"""Remembered when a journal is found missing or damaged, until another one has begun."""


def begun_and_not_ended(connection: Connection) -> tuple[int, ...]:
    """Where the journal holds the beginnings of attempts without an end, the oldest first."""
    query = select(ATTEMPTS.c.seq).where(ATTEMPTS.c.ended.is_(None)).order_by(ATTEMPTS.c.seq)
    return tuple(connection.scalars(query))


def attempts(
    connection: Connection, asset: str | None, repository: str | None, limit: int | None
) -> tuple[Attempt, ...]:
    """The attempts of an asset, of a repository, or all, newest first."""
    query = select(ATTEMPTS).order_by(ATTEMPTS.c.seq.desc())
    if asset is not None:
        query = query.where(ATTEMPTS.c.asset == asset)
    if repository is not None:
        query = query.where(ATTEMPTS.c.repository == repository)
    rows = connection.execute(query if limit is None else query.limit(limit))
    return tuple(AttemptRow(**row._mapping).attempt() for row in rows)


def has_attempts(connection: Connection) -> bool:
    """Whether any attempt is known."""
    return connection.execute(select(ATTEMPTS.c.id).limit(1)).first() is not None


def explained(connection: Connection, repository: str, ids: Collection[str]) -> frozenset[str]:
    """Of these ids, those that we forgot or were about to."""
    ours = or_(GONE.c.intended_at.is_not(None), GONE.c.forgotten_seq.is_not(None))
    found = frozenset(connection.scalars(select(GONE.c.backup).where(GONE.c.repository == repository, ours)))
    return found & frozenset(ids)


def remains(connection: Connection) -> bool:
    """Whether anything here shows that there was a journal: it was seen to go, or backups of ours are listed."""
    if memory.recall(connection, LOST_KEY) is not None:
        return True
    ours = type_coerce(SNAPSHOTS.c.tags, Text).contains(f'"{TOOL_TAG}={TOOL}"', autoescape=True)
    return connection.scalar(select(SNAPSHOTS.c.id).where(ours).limit(1)) is not None


def unjournalled(connection: Connection, policy: str) -> int:
    """How many listed backups of a policy bear an attempt that the journal does not know."""
    joined = SNAPSHOTS.outerjoin(ATTEMPTS, ATTEMPTS.c.id == SNAPSHOTS.c.attempt)
    unknown = and_(SNAPSHOTS.c.attempt.is_not(None), ATTEMPTS.c.id.is_(None))
    mine = SNAPSHOTS.c.identity.startswith(f"{policy}/", autoescape=True)
    return connection.scalar(select(func.count()).select_from(joined).where(mine, unknown)) or 0
