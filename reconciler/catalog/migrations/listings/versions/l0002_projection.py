"""What the journal's entries add up to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "l0002"
down_revision = "l0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _attempts()
    _places()
    _deletions()
    _decisions()


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("verb", sa.String(length=32), nullable=False),
        sa.Column("repository", sa.String(length=63), nullable=False),
        sa.Column("asset", sa.String(length=63)),
        sa.Column("started", sa.String(length=27), nullable=False),
        sa.Column("slot", sa.String(length=27)),
        sa.Column("request", sa.String(length=63)),
        sa.Column("keep_until", sa.String(length=10)),
        sa.Column("ended", sa.String(length=27)),
        sa.Column("outcome", sa.String(length=32)),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("retry", sa.Boolean(), nullable=False),
        sa.Column("backup", sa.String(length=64)),
        sa.Column("files", sa.BigInteger()),
        sa.Column("size", sa.BigInteger()),
        sa.Column("added", sa.BigInteger()),
        sa.Column("seconds", sa.Float()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("attempts_by_asset", "attempts", ["asset", "seq"])
    op.create_index("attempts_by_end", "attempts", ["ended"])
    op.create_index("attempts_by_repository", "attempts", ["repository", "seq"])
    op.create_index("attempts_by_request", "attempts", ["request"])
    op.create_table(
        "verdicts",
        sa.Column("lineage", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("asset", sa.String(length=63), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("suspicious", sa.Boolean(), nullable=False),
        sa.Column("size", sa.BigInteger()),
        sa.Column("files", sa.BigInteger()),
        sa.Column("unreadable", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lineage"),
    )
    op.create_index("verdicts_by_asset", "verdicts", ["asset", "seq"])
    op.create_table(
        "accepted",
        sa.Column("asset", sa.String(length=63), nullable=False),
        sa.Column("lineage", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("asset", "lineage"),
    )


def _places() -> None:
    op.create_table(
        "placements",
        sa.Column("asset", sa.String(length=63), nullable=False),
        sa.Column("repository", sa.String(length=63), nullable=False),
        sa.Column("wanted_since", sa.String(length=27)),
        sa.Column("credit", sa.Integer(), nullable=False),
        sa.Column("last", sa.String(length=64)),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.String(length=27)),
        sa.Column("begun", sa.String(length=27)),
        sa.Column("succeeded", sa.String(length=27)),
        sa.Column("read_all", sa.String(length=27)),
        sa.Column("block", sa.String(length=64)),
        sa.Column("changed_at", sa.String(length=27)),
        sa.Column("recent", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("asset", "repository"),
    )
    op.create_index("placements_by_repository", "placements", ["repository"])
    op.create_table(
        "works",
        sa.Column("repository", sa.String(length=63), nullable=False),
        sa.Column("verb", sa.String(length=32), nullable=False),
        sa.Column("last", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.String(length=27)),
        sa.Column("done_at", sa.String(length=27)),
        sa.Column("done_seq", sa.Integer(), nullable=False),
        sa.Column("sound", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("repository", "verb"),
    )
    op.create_table(
        "pins",
        sa.Column("repository", sa.String(length=63), nullable=False),
        sa.Column("engine_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("how", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("repository"),
    )


def _deletions() -> None:
    op.create_table(
        "marks",
        sa.Column("repository", sa.String(length=63), nullable=False),
        sa.Column("backup", sa.String(length=64), nullable=False),
        sa.Column("asset", sa.String(length=63), nullable=False),
        sa.Column("marked_at", sa.String(length=27), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("charged", sa.Boolean(), nullable=False),
        sa.Column("approval", sa.String(length=64)),
        sa.PrimaryKeyConstraint("repository", "backup"),
    )
    op.create_index("marks_by_asset", "marks", ["asset", "repository"])
    op.create_table(
        "gone",
        sa.Column("repository", sa.String(length=63), nullable=False),
        sa.Column("backup", sa.String(length=64), nullable=False),
        sa.Column("intended_at", sa.String(length=27)),
        sa.Column("forgotten_seq", sa.Integer()),
        sa.Column("vanished_at", sa.String(length=27)),
        sa.Column("accepted_at", sa.String(length=27)),
        sa.PrimaryKeyConstraint("repository", "backup"),
    )
    op.create_index("gone_by_forgetting", "gone", ["repository", "forgotten_seq"])
    op.create_index("gone_by_vanishing", "gone", ["repository", "vanished_at"])
    op.create_table(
        "evidence",
        sa.Column("repository", sa.String(length=63), nullable=False),
        sa.Column("backup", sa.String(length=64), nullable=False),
        sa.Column("restored_at", sa.String(length=27)),
        sa.Column("invalidated_at", sa.String(length=27)),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("repository", "backup"),
    )


def _decisions() -> None:
    op.create_table(
        "lines",
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("approved_at", sa.String(length=27)),
        sa.Column("consumed_at", sa.String(length=27)),
        sa.PrimaryKeyConstraint("line"),
    )
    op.create_index("lines_by_consumption", "lines", ["consumed_at"])
    op.create_table(
        "alerted",
        sa.Column("alert", sa.String(length=63), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("delivered", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("alert", "key"),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("how", sa.String(length=16)),
        sa.Column("newest", sa.String(length=27)),
        sa.Column("clock_accepted_at", sa.String(length=27)),
        sa.Column("policy_seq", sa.Integer()),
        sa.Column("policy_revision", sa.String(length=64)),
        sa.Column("policy_at", sa.String(length=27)),
        sa.PrimaryKeyConstraint("id"),
    )
