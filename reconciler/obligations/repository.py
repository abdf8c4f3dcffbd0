"""Repository: initialised once, its pinned id, reachable, nothing damaged or vanished, its space reclaimed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reconciler.obligations.actions import Initialise, Prune
from reconciler.obligations.assessment import Assessment, Promise, State
from reconciler.obligations.codes import Code
from reconciler.obligations.waiting import A_DAY, Failures, first_after
from reconciler.observed.attempts import Verb
from reconciler.observed.facts import Observed, Reach, RepositoryFacts
from reconciler.observed.reason import Reason
from reconciler.policy.models.document import Window
from reconciler.policy.schedule import window_state
from reconciler.units.instants import NEVER

BEGINNING = datetime.min.replace(tzinfo=NEVER.tzinfo)
INITIALISED_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Repository:
    """``initialises``: this host may make it; ``keeps``: this host prunes it; ``like`` the origin of its copies."""

    name: str
    zone: ZoneInfo
    initialises: bool = True
    keeps: bool = True
    keeper: str | None = None
    like: str | None = None
    window: Window | None = None

    @property
    def promise(self) -> Promise:
        """Its identity."""
        return Promise("repository", repository=self.name)


def assess(repository: Repository, observed: Observed, now: datetime) -> Assessment:
    """What the last look found, and what is to be done: make it, or reclaim its space."""
    facts = observed.repository(repository.name)
    error = {"error": facts.code or None, "message": facts.message or None}
    match facts.reach:
        case Reach.NEVER_SEEN if facts.pinned is None:
            return _never_seen(repository, facts, observed, now)
        case Reach.NEVER_SEEN | Reach.MISSING:
            state, reason = State.BREACHED, Reason.of(Code.MISSING, pinned=facts.pinned)
        case Reach.CHANGED:
            state, reason = State.BREACHED, Reason.of(Code.CHANGED, pinned=facts.pinned, seen=facts.seen)
        case Reach.REFUSED:
            state, reason = State.BREACHED, Reason.of(Code.REFUSED, **error)
        case Reach.UNREACHABLE:
            state, reason = State.UNKNOWN, Reason.of(Code.UNREACHABLE, **error)
        case Reach.READY:
            return _ready(repository, facts, now)
    return Assessment(repository.promise, state, reason, facts.trouble_since)


def _never_seen(repository: Repository, facts: RepositoryFacts, observed: Observed, now: datetime) -> Assessment:
    promise = repository.promise
    wanted = facts.wanted_since
    if observed.journal_lost:
        # It may have been seen before, and what lies there now may be somebody's last backups.
        return Assessment(promise, State.UNKNOWN, Reason.of(Code.JOURNAL_LOST), wanted)
    if not repository.initialises:
        reason = Reason.of(Code.WAITING_FOR_KEEPER, keeper=repository.keeper)
        return Assessment(promise, State.DUE, reason, wanted)
    deadline = wanted + INITIALISED_WITHIN if wanted else None
    overdue = deadline is not None and now >= deadline
    state = State.BREACHED if overdue else State.DUE
    since = deadline if overdue else wanted
    until = first_after(now, deadline)
    if repository.like and not observed.repository(repository.like).ready:
        reason = Reason.of(Code.WAITING_FOR_ORIGIN, origin=repository.like)
        return Assessment(promise, state, reason, since, until)
    failures = Failures(facts.last.get(Verb.INITIALISE), facts.failures.get(Verb.INITIALISE, 0))
    if failures.retry_at and now < failures.retry_at:
        return Assessment(promise, state, failures.reason, since, min(until, failures.retry_at))
    why = Reason.of(Code.NEVER_SEEN, like=repository.like)
    action = Initialise(repository.name, why, wanted or BEGINNING, repository.like)
    return Assessment(promise, state, why, since, until, (action,))


def _ready(repository: Repository, facts: RepositoryFacts, now: datetime) -> Assessment:
    if facts.vanished:
        state, reason = State.BREACHED, Reason.of(Code.VANISHED, ids=facts.vanished)
    elif facts.damaged:
        state, reason = State.BREACHED, Reason.of(Code.DAMAGED, ids=facts.damaged)
    else:
        state, reason = State.MET, Reason.of(Code.READY)
    if not repository.keeps or facts.forgotten == 0 or facts.busy_first:
        return Assessment(repository.promise, state, reason, facts.trouble_since)
    opens, changes = _prune_opens(repository, facts, now)
    why = Reason.of(Code.SPACE_TO_RECLAIM, forgotten=facts.forgotten)
    if now < opens:
        return Assessment(repository.promise, state, reason, facts.trouble_since, opens)
    if state is State.MET:
        state, reason = State.DUE, why
    last = facts.last.get(Verb.FORGET)
    due_at = (last.ended if last else None) or facts.pruned_at or facts.listed_at or BEGINNING
    actions = (Prune(repository.name, why, due_at),)
    return Assessment(repository.promise, state, reason, facts.trouble_since, changes, actions)


def _prune_opens(repository: Repository, facts: RepositoryFacts, now: datetime) -> tuple[datetime, datetime]:
    """When a prune may begin, and when that changes again: once in each window, once a day without one."""
    failures = Failures(facts.last.get(Verb.PRUNE), facts.failures.get(Verb.PRUNE, 0))
    earliest = failures.retry_at or BEGINNING
    window = window_state(repository.window, repository.zone, now)
    if window.changes_at == NEVER:
        if facts.pruned_at is not None:
            earliest = max(earliest, facts.pruned_at + A_DAY)
        return earliest, NEVER
    if not window.open:
        return window.opens_at, NEVER
    if facts.pruned_at is not None and facts.pruned_at <= now:
        pruned = window_state(repository.window, repository.zone, facts.pruned_at)
        if pruned.open and pruned.changes_at == window.changes_at:
            return window.changes_at, NEVER
    return earliest, window.changes_at
