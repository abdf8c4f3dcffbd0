"""The one door to every promise: which obligation it is, and how it stands."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from reconciler.obligations import freshness, repository
from reconciler.obligations.assessment import Assessment
from reconciler.obligations.freshness import Freshness
from reconciler.obligations.repository import Repository
from reconciler.observed.facts import Observed

Obligation = Freshness | Repository


def assess(obligation: Obligation, observed: Observed, now: datetime) -> Assessment:
    """How the promise stands at ``now``: pure, and the same until the assessment's ``until``."""
    match obligation:
        case Freshness():
            return freshness.assess(obligation, observed, now)
        case Repository():
            return repository.assess(obligation, observed, now)
    assert_never(obligation)
