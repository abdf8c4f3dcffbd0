"""How the policy stands: what is in force, what is known of its source, and how long that cannot change by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reconciler.observed.facts import PolicyFacts
from reconciler.operations.lowering import Waiting
from reconciler.policy.resolved import ResolvedPolicy


@dataclass(frozen=True, slots=True)
class PolicyState:
    """The policy in force (None before the first one), what is known of its source, and what of it waits."""

    policy: ResolvedPolicy | None
    facts: PolicyFacts
    waiting: tuple[Waiting, ...] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """What a settled policy rests upon: the head, the place in the journal of what is in force, and the day that
    expiries are held against."""

    head: str
    place: int | None
    day: date


@dataclass(frozen=True, slots=True)
class Settled:
    """The head is in force as it stands: until something that it rests on changes there is nothing to judge."""

    rests_on: Ground
    state: PolicyState
