"""Assessing again only what could have changed: a pass with nothing to do looks at instants, not at histories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from reconciler.obligations.applied import Applied
from reconciler.obligations.assess import Obligation, assess
from reconciler.obligations.assessment import Assessment, Promise
from reconciler.obligations.capacity import Capacity
from reconciler.obligations.freshness import Freshness
from reconciler.obligations.integrity import Integrity
from reconciler.obligations.redundancy import Redundancy
from reconciler.obligations.repository import Repository
from reconciler.obligations.request import Request
from reconciler.obligations.retained import Retained
from reconciler.obligations.runbook import Runbook
from reconciler.observed.facts import Observed


@dataclass(frozen=True, slots=True)
class Known:
    """An assessment, when it was made, and the facts that it was made from."""

    obligation: Obligation
    facts: tuple[object, ...]
    at: datetime
    assessment: Assessment

    def holds(self, obligation: Obligation, facts: tuple[object, ...], now: datetime) -> bool:
        """Whether assessing again would give the same."""
        return self.at <= now < self.assessment.until and self.facts == facts and self.obligation == obligation


def assess_again(
    obligations: Iterable[Obligation], observed: Observed, now: datetime, known: Mapping[Promise, Known]
) -> dict[Promise, Known]:
    """Every obligation's assessment at ``now``; what is known and still holds is taken over."""
    found: dict[Promise, Known] = {}
    for obligation in obligations:
        promise = obligation.promise
        facts = tuple(facts_of(obligation, observed))
        before = known.get(promise)
        if before is not None and before.holds(obligation, facts, now):
            found[promise] = before
        else:
            found[promise] = Known(obligation, facts, now, assess(obligation, observed, now))
    return found


def facts_of(obligation: Obligation, observed: Observed) -> Iterator[object]:
    """All of the observed world that the obligation's assessment reads."""
    match obligation:
        case Freshness():
            yield observed.placement(obligation.asset, obligation.repository)
            yield observed.repository(obligation.repository)
            if obligation.origin:
                yield observed.placement(obligation.asset, obligation.origin.repository)
                yield observed.repository(obligation.origin.repository)
        case Retained():
            yield observed.repository(obligation.repository)
            for name in (obligation.repository, *(target.repository for target in obligation.targets)):
                yield observed.placement(obligation.asset, name)
        case Redundancy():
            for place in obligation.places:
                yield observed.placement(obligation.asset, place.repository)
                yield observed.repository(place.repository)
        case Integrity():
            yield observed.repository(obligation.repository)
        case Capacity():
            yield observed.repository(obligation.repository)
        case Runbook():
            yield observed.pages.get(obligation.asset)
            for name in obligation.repositories:
                yield observed.placement(obligation.asset, name)
        case Request():
            yield observed.requests_done.get(obligation.name)
            for name in obligation.repositories:
                yield observed.placement(obligation.asset, name)
                yield observed.repository(name)
        case Repository():
            yield observed.journal_lost
            yield observed.repository(obligation.name)
            yield observed.repository(obligation.like) if obligation.like else None
        case Applied():
            yield observed.policy
        case _:
            assert_never(obligation)
