"""No assessment changes before its ``until``: the steady pass rests on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.obligations.assess import assess
from reconciler.obligations.orphaned import assess_orphans
from reconciler.observed.facts import Observed
from reconciler.units.instants import NEVER
from tests.unit.obligations.policies import LIMITS, NOW, compiled
from tests.unit.obligations.worlds import POLICY, worlds

MANY = settings().max_examples
OBLIGATIONS = compiled(POLICY)
FARTHEST = timedelta(days=40)
MOMENT = timedelta(microseconds=1)


def between(now: datetime, until: datetime, shares: list[float]) -> list[datetime]:
    """Instants after now and before until: the last one of all among them."""
    end = min(until, now + FARTHEST)
    inside = [now + (end - now) * share for share in shares]
    last = [until - MOMENT] if until != NEVER else []
    return [instant for instant in (*inside, *last) if now < instant < until]


@settings(max_examples=10 * MANY)
@given(observed=worlds(), shares=st.lists(st.floats(0.001, 0.999), min_size=2, max_size=2))
def test_no_assessment_changes_before_its_until(observed: Observed, shares: list[float]) -> None:
    for obligation in OBLIGATIONS:
        before = assess(obligation, observed, NOW)
        assert before.until > NOW
        for instant in between(NOW, before.until, shares):
            after = assess(obligation, observed, instant)
            assert replace(after, until=before.until) == before, instant


@settings(max_examples=4 * MANY)
@given(observed=worlds(), shares=st.lists(st.floats(0.001, 0.999), min_size=2, max_size=2))
def test_no_orphan_changes_before_its_until(observed: Observed, shares: list[float]) -> None:
    for number, before in enumerate(assess_orphans(observed, POLICY, LIMITS, NOW)):
        assert before.until > NOW
        for instant in between(NOW, before.until, shares):
            after = list(assess_orphans(observed, POLICY, LIMITS, instant))[number]
            assert replace(after, until=before.until) == before, instant
