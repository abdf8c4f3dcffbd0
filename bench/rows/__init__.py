"""The rows of the table, in its order; each measures one promise of speed."""

from __future__ import annotations

from bench.readings import Row
from bench.rows import commandline, curve, fleets, observing, passes, policies, throughput

ROWS: tuple[Row, ...] = (
    *passes.ROWS,
    *policies.ROWS,
    *observing.ROWS,
    *fleets.ROWS,
    *commandline.ROWS,
    *curve.ROWS,
    *throughput.ROWS,
)
