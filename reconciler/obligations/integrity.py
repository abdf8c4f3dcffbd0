"""Integrity: a repository's structure has been checked within its period, and was sound."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reconciler.obligations.actions import Check
from reconciler.obligations.assessment import Assessment, Promise, State
from reconciler.obligations.codes import Code
from reconciler.obligations.waiting import A_DAY, Failures, first_after
from reconciler.observed.attempts import Verb
from reconciler.observed.facts import Observed, Reach, RepositoryFacts
from reconciler.observed.reason import Reason
from reconciler.policy.models.document import Window
from reconciler.policy.schedule import window_state
from reconciler.units.instants import NEVER


@dataclass(frozen=True, slots=True)
class Integrity:
    """``structure`` the longest time between two checks; ``keeps``: this host checks."""

    repository: str
    structure: timedelta
    zone: ZoneInfo
    keeps: bool = True
    window: Window | None = None

    @property
    def promise(self) -> Promise:
        """Its identity."""
        return Promise("integrity", repository=self.repository, name="structure")


@dataclass(frozen=True, slots=True)
class _Standing:
    """The state by time alone, and from when on a check is wanted."""

    state: State
    reason: Reason
    wanted_from: datetime
    since: datetime | None = None
    until: datetime = NEVER


def assess(integrity: Integrity, observed: Observed, now: datetime) -> Assessment:
    """How long ago the last check was, and the next one, in its window."""
    facts = observed.repository(integrity.repository)
    if facts.reach is Reach.NEVER_SEEN:
        return Assessment(integrity.promise, State.MET, Reason.of(Code.NOTHING_TO_CHECK))
    if not facts.ready:
        reason = Reason.of(Code.REPOSITORY_NOT_READY, reach=facts.reach.value, error=facts.code or None)
        return Assessment(integrity.promise, State.UNKNOWN, reason, facts.trouble_since)
    if facts.first_backup is None:
        return Assessment(integrity.promise, State.MET, Reason.of(Code.NOTHING_TO_CHECK))
    standing = _stand(integrity, facts, facts.first_backup, now)
    if not integrity.keeps:
        return Assessment(integrity.promise, standing.state, standing.reason, standing.since, standing.until)
    return _with_check(integrity, facts, standing, now)


def _stand(integrity: Integrity, facts: RepositoryFacts, first: datetime, now: datetime) -> _Standing:
    checked = facts.checked_at
    if checked is None:
        deadline = first + integrity.structure
        if now < deadline:
            return _Standing(State.DUE, Reason.of(Code.NEVER_CHECKED, first=first), first, first, deadline)
        return _Standing(State.BREACHED, Reason.of(Code.CHECK_OVERDUE), first, deadline)
    if not facts.check_sound:
        # Once a day again, so that a repair is noticed.
        reason = Reason.of(Code.UNSOUND, checked_at=checked, message=facts.check_message or None)
        return _Standing(State.BREACHED, reason, checked + A_DAY, checked)
    due = checked + integrity.structure
    if now < due:
        return _Standing(State.MET, Reason.of(Code.CHECKED, checked_at=checked), due, checked, due)
    overdue = _window_after(integrity, due) + A_DAY
    if now < overdue:
        return _Standing(State.DUE, Reason.of(Code.CHECK_DUE, checked_at=checked), due, due, overdue)
    return _Standing(State.BREACHED, Reason.of(Code.CHECK_OVERDUE, checked_at=checked), due, overdue)


def _window_after(integrity: Integrity, due: datetime) -> datetime:
    """When the first window at or after ``due`` has closed; ``due`` itself when it is always open."""
    window = window_state(integrity.window, integrity.zone, due)
    if not window.open:
        window = window_state(integrity.window, integrity.zone, window.opens_at)
    return due if window.changes_at == NEVER else window.changes_at


def _with_check(integrity: Integrity, facts: RepositoryFacts, standing: _Standing, now: datetime) -> Assessment:
    failures = Failures(facts.last.get(Verb.CHECK), facts.failures.get(Verb.CHECK, 0))
    window = window_state(integrity.window, integrity.zone, now)
    until = min(standing.until, first_after(now, standing.wanted_from, failures.retry_at), window.changes_at)
    waits = now < standing.wanted_from or (failures.retry_at is not None and now < failures.retry_at)
    if waits or not window.open:
        return Assessment(integrity.promise, standing.state, standing.reason, standing.since, until)
    action = Check(integrity.repository, standing.reason, standing.wanted_from)
    return Assessment(integrity.promise, standing.state, standing.reason, standing.since, until, (action,))
