"""How the policy stands: what is in force, what is known of its source, and how long that cannot change by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reconciler.observed.facts import PolicyFacts
from reconciler.operations.lowering import Waiting
from reconciler.policy.documents import Loaded
from reconciler.policy.resolved import ResolvedPolicy


@dataclass(frozen=True, slots=True)
class PolicyState:
    """The policy in force (None before the first one), what is known of its source, and the head as loaded."""

    policy: ResolvedPolicy | None
    facts: PolicyFacts
    loaded: Loaded | None = None
    waiting: tuple[Waiting, ...] = ()


Ground = tuple[str, int | None, date]
"""The head, where in the journal what is in force stands, and the day that expiries are held against."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The head is in force as it stands: until something that it rests on changes there is nothing to judge."""

    rests_on: Ground | None
    state: PolicyState
