"""Applied: the policy's head is readable, valid and enforced; what waits for approval is named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.obligations.assessment import Assessment, Promise, State
from reconciler.obligations.codes import Code
from reconciler.obligations.waiting import first_after
from reconciler.observed.facts import Observed, UnreadFacts
from reconciler.observed.reason import Reason

PATIENCE = timedelta(hours=1)
"""A problem of the policy source that lasts longer is a breach, and an alert."""
MOST_NAMED = 5
"""So many unread paths are named, the others counted."""


@dataclass(frozen=True, slots=True)
class Applied:
    """There is one for the policy, by its name."""

    policy: str

    @property
    def promise(self) -> Promise:
        """Its identity."""
        return Promise("applied", name=self.policy)


def assess(applied: Applied, observed: Observed, now: datetime) -> Assessment:
    """What the last look at the policy source found."""
    facts = observed.policy
    if facts.problem or facts.code:
        reason = Reason.of(
            Code.POLICY_PROBLEM, error=facts.code, problem=facts.problem, applied=facts.applied, head=facts.head
        )
        return _lasting(applied, reason, facts.since, now)
    if facts.pending:
        since = min((block.since for block in facts.pending if block.since), default=facts.since)
        blocks = tuple(sorted(block.block for block in facts.pending))
        reason = Reason.of(Code.WAITING_FOR_APPROVAL, blocks=blocks, applied=facts.applied)
        return Assessment(applied.promise, State.DUE, reason, since)
    if facts.head is None or facts.applied != facts.head:
        reason = Reason.of(Code.NOT_YET_APPLIED, head=facts.head, applied=facts.applied)
        return _lasting(applied, reason, facts.since, now)
    if facts.unread:
        # It may be none of the policy's business, so it is shown and never becomes a breach.
        return Assessment(applied.promise, State.DUE, Reason.of(Code.UNREAD, paths=_named(facts.unread)), facts.since)
    return Assessment(applied.promise, State.MET, Reason.of(Code.APPLIED, revision=facts.applied), facts.since)


def _named(unread: tuple[UnreadFacts, ...]) -> tuple[str, ...]:
    """The first of them; a folder full of symlinks is as long as its maker likes."""
    rest = len(unread) - MOST_NAMED
    return (*map(str, unread[:MOST_NAMED]), *((f"{rest} more",) if rest > 0 else ()))


def _lasting(applied: Applied, reason: Reason, since: datetime | None, now: datetime) -> Assessment:
    """Due at first, breached when it lasts."""
    breaks = since + PATIENCE if since else None
    if breaks is not None and now >= breaks:
        return Assessment(applied.promise, State.BREACHED, reason, breaks)
    return Assessment(applied.promise, State.DUE, reason, since, first_after(now, breaks))
