"""The one door to every promise: which obligation it is, and how it stands."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from reconciler.obligations import (
    applied,
    capacity,
    freshness,
    integrity,
    redundancy,
    repository,
    request,
    retained,
    runbook,
)
from reconciler.obligations.applied import Applied
from reconciler.obligations.assessment import Assessment
from reconciler.obligations.capacity import Capacity
from reconciler.obligations.freshness import Freshness
from reconciler.obligations.integrity import Integrity
from reconciler.obligations.redundancy import Redundancy
from reconciler.obligations.repository import Repository
from reconciler.obligations.request import Request
from reconciler.obligations.retained import Retained
from reconciler.obligations.runbook import Runbook
from reconciler.observed.facts import Observed

Obligation = Freshness | Redundancy | Retained | Integrity | Capacity | Runbook | Request | Repository | Applied


def assess(obligation: Obligation, observed: Observed, now: datetime) -> Assessment:
    """How the promise stands at ``now``: pure, and the same until the assessment's ``until``."""
    match obligation:
        case Freshness():
            return freshness.assess(obligation, observed, now)
        case Redundancy():
            return redundancy.assess(obligation, observed, now)
        case Retained():
            return retained.assess(obligation, observed, now)
        case Integrity():
            return integrity.assess(obligation, observed, now)
        case Capacity():
            return capacity.assess(obligation, observed, now)
        case Runbook():
            return runbook.assess(obligation, observed, now)
        case Request():
            return request.assess(obligation, observed, now)
        case Repository():
            return repository.assess(obligation, observed, now)
        case Applied():
            return applied.assess(obligation, observed, now)
    assert_never(obligation)
