"""What became of each message: how often it did not arrive, since when somebody knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "l0003"
down_revision = "l0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("alerted")
    op.create_table(
        "alerted",
        sa.Column("alert", sa.String(length=63), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("delivered", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("told_since", sa.String(length=27)),
        sa.Column("told_at", sa.String(length=27)),
        sa.PrimaryKeyConstraint("alert", "key"),
    )
    # The journal is replayed into the new columns.
    op.execute("DELETE FROM progress")
