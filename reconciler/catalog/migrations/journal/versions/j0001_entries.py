"""The log of entries, which nothing may change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "j0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _entries()
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER entries_refuse_{verb.lower()} BEFORE {verb} ON entries "
            "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
        )


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("recorded_at", sa.String(length=27), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("asset", sa.String(length=63)),
        sa.Column("repository", sa.String(length=63)),
        sa.Column("attempt", sa.String(length=64)),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("entries_by_asset", "entries", ["asset", "seq"])
    op.create_index("entries_by_attempt", "entries", ["attempt"])
    op.create_index("entries_by_kind", "entries", ["kind", "seq"])
    op.create_index("entries_by_repository", "entries", ["repository", "seq"])
    op.create_index("entries_by_time", "entries", ["recorded_at"])
