"""The journal's one table."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text

from reconciler.catalog.columns import UtcTime

METADATA = MetaData()

ENTRIES = Table(
    "entries",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("recorded_at", UtcTime, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("asset", String(63)),
    Column("repository", String(63)),
    Column("attempt", String(64)),
    Column("body", Text, nullable=False),
    Index("entries_by_kind", "kind", "seq"),
    Index("entries_by_asset", "asset", "seq"),
    Index("entries_by_repository", "repository", "seq"),
    Index("entries_by_attempt", "attempt"),
    Index("entries_by_time", "recorded_at"),
)
