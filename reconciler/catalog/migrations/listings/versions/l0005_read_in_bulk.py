"""What a look at everything reads of a million verdicts and attempts, side by side."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "l0005"
down_revision = "l0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("verdicts_by_asset", "verdicts")
    op.create_index("verdicts_by_asset", "verdicts", ["asset", "lineage", "verdict", "suspicious", "size", "files"])
    kept = sa.text("keep_until IS NOT NULL")
    op.create_index("attempts_by_keeping", "attempts", ["keep_until"], sqlite_where=kept)
