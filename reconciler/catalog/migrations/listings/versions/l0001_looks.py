"""What was looked at: snapshots, repositories, pages, standings, and how far the projection has come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "l0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _snapshots()
    _repositories()
    _others()


def _snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("repository", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("time", sa.String(length=27), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("paths", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("original", sa.String(length=64)),
        sa.Column("size", sa.BigInteger()),
        sa.Column("files", sa.BigInteger()),
        sa.Column("tree", sa.String(length=64)),
        sa.Column("lineage", sa.String(length=64), nullable=False),
        sa.Column("identity", sa.Text()),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.Text()),
        sa.PrimaryKeyConstraint("repository", "id"),
    )
    op.create_index("snapshots_by_identity", "snapshots", ["identity", "repository", "time"])
    op.create_index("snapshots_by_origin", "snapshots", ["origin", "repository", "time"])


def _repositories() -> None:
    op.create_table(
        "repositories",
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("reach", sa.String(length=32), nullable=False),
        sa.Column("seen", sa.String(length=64)),
        sa.Column("fingerprint", sa.Text()),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("looked_at", sa.String(length=27)),
        sa.Column("listed_at", sa.String(length=27)),
        sa.Column("trouble_since", sa.String(length=27)),
        sa.Column("damaged", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger()),
        sa.Column("free", sa.BigInteger()),
        sa.Column("stored", sa.BigInteger()),
        sa.Column("measured_at", sa.String(length=27)),
        sa.PrimaryKeyConstraint("name"),
    )


def _others() -> None:
    op.create_table(
        "pages",
        sa.Column("asset", sa.String(length=63), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("rendered_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("asset"),
    )
    op.create_table(
        "standings",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("asset", sa.String(length=63), nullable=False),
        sa.Column("repository", sa.String(length=63), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.Column("until", sa.String(length=27), nullable=False),
        sa.Column("newest", sa.String(length=27)),
        sa.PrimaryKeyConstraint("kind", "asset", "repository", "name"),
    )
    op.create_index("standings_by_until", "standings", ["until"])
    op.create_table(
        "memory",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "progress",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
