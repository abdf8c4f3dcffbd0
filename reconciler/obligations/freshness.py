"""Freshness: the newest counted backup of an asset in a repository is younger than its RPO."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.kinds.source import WORKING
from reconciler.obligations.assessment import Assessment, Promise, State
from reconciler.obligations.codes import Code
from reconciler.obligations.copying import copy
from reconciler.obligations.waiting import comes_of_age, first_after
from reconciler.obligations.work import NOTHING, Origin, Place, Work, back_up
from reconciler.observed.facts import Observed, Reach
from reconciler.observed.reason import Reason
from reconciler.policy.schedule import Slots
from reconciler.units.instants import NEVER


@dataclass(frozen=True, slots=True)
class Freshness:
    """``source`` the kind of the source; ``ours``: this host does the work; ``origin`` where a copy comes from."""

    asset: str
    repository: str
    rpo: timedelta
    initial_within: timedelta
    slots: Slots
    source: str = "files"
    ours: bool = True
    full_every: timedelta | None = None
    origin: Origin | None = None

    @property
    def promise(self) -> Promise:
        """Its identity."""
        return Promise("freshness", self.asset, self.repository)


@dataclass(frozen=True, slots=True)
class _Standing:
    """How the promise stands by age alone."""

    state: State
    reason: Reason
    since: datetime | None = None
    until: datetime = NEVER


def assess(freshness: Freshness, observed: Observed, now: datetime) -> Assessment:
    """Age from the start of the newest counted backup, and the backup or copy that is due."""
    if freshness.source not in WORKING:
        reason = Reason.of(Code.SOURCE_LATER, source=freshness.source)
        return Assessment(freshness.promise, State.UNATTAINABLE, reason)
    place = Place(
        asset=freshness.asset,
        facts=observed.placement(freshness.asset, freshness.repository),
        repository=observed.repository(freshness.repository),
        slots=freshness.slots,
        full_every=freshness.full_every,
    )
    standing = _stand(freshness, place, now)
    work = _work(freshness, place, observed, now)
    state, reason = standing.state, standing.reason
    if work.reason is not None and state is State.MET:
        state, reason = State.DUE, work.reason
    elif work.remark is not None and state in (State.DUE, State.BREACHED):
        reason = work.remark
    until = min(standing.until, work.until, comes_of_age(place.facts.backups, now))
    return Assessment(freshness.promise, state, reason, standing.since, until, work.actions)


def _work(freshness: Freshness, place: Place, observed: Observed, now: datetime) -> Work:
    if not freshness.ours:
        return NOTHING
    if freshness.origin is None:
        return back_up(place, now)
    return copy(place, freshness.origin, freshness.rpo, observed, now)


def _stand(freshness: Freshness, place: Place, now: datetime) -> _Standing:
    repository = place.repository
    if not repository.ready and repository.reach is not Reach.NEVER_SEEN:
        reason = Reason.of(Code.REPOSITORY_NOT_READY, reach=repository.reach.value, error=repository.code or None)
        return _Standing(State.UNKNOWN, reason, repository.trouble_since)
    newest = place.facts.newest_counted(now)
    if newest is None:
        return _stand_without_backup(freshness, place, now)
    return _stand_by_age(freshness, place, newest.time, now)


def _stand_without_backup(freshness: Freshness, place: Place, now: datetime) -> _Standing:
    wanted = place.facts.wanted_since
    deadline = wanted + freshness.initial_within if wanted is not None else None
    if deadline is not None and now >= deadline:
        return _Standing(State.BREACHED, Reason.of(Code.NO_BACKUP, deadline=deadline), deadline)
    return _Standing(State.DUE, Reason.of(Code.INITIAL, deadline=deadline), wanted, deadline or NEVER)


def _stand_by_age(freshness: Freshness, place: Place, newest: datetime, now: datetime) -> _Standing:
    rpo, usual = freshness.rpo, place.facts.usual_duration
    breaks = newest + rpo
    if usual is not None and usual >= rpo / 2:
        # Too slow explains an age of two more durations; beyond that the promise is broken by something else.
        excused = breaks + 2 * usual
        if now < excused:
            reason = Reason.of(Code.TOO_SLOW, usual=usual, rpo=rpo)
            return _Standing(State.UNATTAINABLE, reason, until=excused)
        breaks = excused
    if now < breaks:
        return _Standing(State.MET, Reason.of(Code.FRESH, newest=newest, rpo=rpo), newest, first_after(now, breaks))
    failures = place.failures
    last = failures.last if failures.row else None
    reason = Reason.of(
        Code.TOO_OLD,
        newest=newest,
        rpo=rpo,
        error=last.code if last else None,
        message=last.message if last else None,
    )
    return _Standing(State.BREACHED, reason, breaks)
