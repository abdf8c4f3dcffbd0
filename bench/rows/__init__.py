"""The rows of the table, in its order; each measures one promise of speed."""

from __future__ import annotations

from bench.readings import Row
from bench.rows import commandline, observing, policies

ROWS: tuple[Row, ...] = (*policies.ROWS, *observing.ROWS, *commandline.ROWS)
