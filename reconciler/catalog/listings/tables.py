"""Tables of what was looked at: snapshots as engines name them, repositories, pages, standings, small things."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text

from reconciler.catalog.columns import UtcTime, Word, Words
from reconciler.obligations.assessment import State
from reconciler.observed.facts import Reach

METADATA = MetaData()

# Snapshots are kept raw. `identity` and `origin` (host and paths) are what policies identify by, so a changed
# policy finds other backups in the same rows, without the engine and without a write.
SNAPSHOTS = Table(
    "snapshots",
    METADATA,
    Column("repository", String(63), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("time", UtcTime, nullable=False),
    Column("host", String(253), nullable=False),
    Column("paths", Words, nullable=False),
    Column("tags", Words, nullable=False),
    Column("original", String(64)),
    Column("size", BigInteger),
    Column("files", BigInteger),
    Column("tree", String(64)),
    Column("lineage", String(64), nullable=False),
    Column("identity", Text),
    Column("origin", String(64), nullable=False),
    Column("attempt", Text),
    Index("snapshots_by_identity", "identity", "repository", "time"),
    Index("snapshots_by_origin", "origin", "repository", "time"),
)

REPOSITORIES = Table(
    "repositories",
    METADATA,
    Column("name", String(63), primary_key=True),
    Column("reach", Word(Reach), nullable=False),
    Column("seen", String(64)),
    Column("fingerprint", Text),
    Column("code", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Column("looked_at", UtcTime),
    Column("listed_at", UtcTime),
    Column("trouble_since", UtcTime),
    Column("damaged", Words, nullable=False),
    Column("total", BigInteger),
    Column("free", BigInteger),
    Column("stored", BigInteger),
    Column("measured_at", UtcTime),
)

PAGES = Table(
    "pages",
    METADATA,
    Column("asset", String(63), primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("rendered_at", UtcTime, nullable=False),
)

STANDINGS = Table(
    "standings",
    METADATA,
    Column("kind", String(32), primary_key=True),
    Column("asset", String(63), primary_key=True),
    Column("repository", String(63), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("state", Word(State), nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", UtcTime),
    Column("until", UtcTime, nullable=False),
    Column("newest", UtcTime),
    Column("acts", Boolean, nullable=False),
    Column("listed", Integer),
    Column("failures", Integer),
    Index("standings_by_until", "until"),
)

# Each asset, repository and name of backups that anything changed of, with the place of the last change.
TOUCHED = Table(
    "touched",
    METADATA,
    Column("kind", String(16), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("seq", Integer, nullable=False),
    Index("touched_by_seq", "seq"),
)

MEMORY = Table(
    "memory",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# How far the projection has come: the last entry applied, and its digest.
PROGRESS = Table(
    "progress",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("stamp", String(64), nullable=False),
)
