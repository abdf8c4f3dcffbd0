"""What was touched since when, so that a pass looks at nothing else; and more of what a standing shows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "l0004"
down_revision = "l0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "touched",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key"),
    )
    op.create_index("touched_by_seq", "touched", ["seq"])
    # What another version saved says nothing of what its promises would be today: they are assessed anew.
    op.drop_table("standings")
    op.create_table(
        "standings",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("asset", sa.String(length=63), nullable=False),
        sa.Column("repository", sa.String(length=63), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.String(length=27)),
        sa.Column("until", sa.String(length=27), nullable=False),
        sa.Column("newest", sa.String(length=27)),
        sa.Column("acts", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Integer()),
        sa.Column("failures", sa.Integer()),
        sa.PrimaryKeyConstraint("kind", "asset", "repository", "name"),
    )
    op.create_index("standings_by_until", "standings", ["until"])
