"""The table of cross-checks: all run, and all problems come at once."""

from __future__ import annotations

from datetime import date

from reconciler.policy.checks.identity import policy_count
from reconciler.policy.checks.reading import Reading
from reconciler.policy.documents import Problem


def cross_checks(reading: Reading, *, today: date, local_host: str) -> list[Problem]:
    """Every problem that several documents together have."""
    return [*policy_count(reading)]
