"""Kind Retention: how many backups to keep, in restic's own words."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import model_validator

from reconciler.units.direction import Direction
from reconciler.units.durations import CalendarDuration
from reconciler.units.model import Strict
from reconciler.units.scalars import Keep

Kept = Annotated[Keep, Direction.LARGER]
Within = Annotated[CalendarDuration | None, Direction.LARGER]


class RetentionSpec(Strict):
    """restic's ``--keep-*`` and ``--keep-within*``; -1 keeps without limit, 0 means no such rule."""

    last: Kept = 0
    hourly: Kept = 0
    daily: Kept = 0
    weekly: Kept = 0
    monthly: Kept = 0
    yearly: Kept = 0
    within: Within = None
    within_hourly: Within = None
    within_daily: Within = None
    within_weekly: Within = None
    within_monthly: Within = None
    within_yearly: Within = None

    @model_validator(mode="after")
    def _keeps_something(self) -> Self:
        if not any(getattr(self, name) for name in type(self).model_fields):
            raise ValueError("a retention that keeps nothing would delete every backup; give it one rule at least")
        return self
