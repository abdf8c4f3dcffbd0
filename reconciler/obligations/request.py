"""Request: one counted backup carries the name of a BackupRequest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciler.kinds.source import WORKING
from reconciler.obligations.assessment import Assessment, Promise, State
from reconciler.obligations.codes import Code
from reconciler.obligations.waiting import comes_of_age, first_after
from reconciler.obligations.work import OPEN, Place, next_backup, waiting
from reconciler.observed.backup import Backup
from reconciler.observed.facts import Observed
from reconciler.observed.reason import Reason
from reconciler.policy.schedule import Slots


@dataclass(frozen=True, slots=True)
class Request:
    """``repositories`` are the asset's originals; one of them takes the backup, at once, exactly once per name."""

    name: str
    asset: str
    repositories: tuple[str, ...]
    slots: Slots
    source: str = "files"
    ours: bool = True
    full_every: timedelta | None = None

    @property
    def promise(self) -> Promise:
        """Its identity."""
        return Promise("request", self.asset, name=self.name)


def assess(request: Request, observed: Observed, now: datetime) -> Assessment:
    """Done when the journal or a listing says so; else a backup now, or after the backoff."""
    carrying = sorted(
        (
            backup
            for repository in request.repositories
            for backup in observed.placement(request.asset, repository).backups
            if backup.request == request.name
        ),
        key=lambda backup: (backup.time, backup.id),
        reverse=True,
    )
    counted = [backup.id for backup in carrying if backup.counted(now)]
    done = observed.requests_done.get(request.name) or (counted[-1] if counted else None)
    if done:
        return Assessment(request.promise, State.MET, Reason.of(Code.DONE, backup=done))
    if request.source not in WORKING:
        reason = Reason.of(Code.SOURCE_LATER, source=request.source)
        return Assessment(request.promise, State.UNATTAINABLE, reason)
    ages = comes_of_age(carrying, now)
    uncounted = next((backup for backup in carrying if backup.present(now)), None)
    if uncounted is not None:
        return _again(request, observed, uncounted, ages, now)
    return _now(request, observed, Reason.of(Code.REQUESTED, request=request.name), ages, now)


def _again(request: Request, observed: Observed, uncounted: Backup, ages: datetime, now: datetime) -> Assessment:
    """A backup that does not count is tried again at the next slot, not at once for ever."""
    reason = Reason.of(Code.REQUEST_NOT_COUNTED, backup=uncounted.id)
    again = request.slots.next(uncounted.time)
    if now < again:
        return Assessment(request.promise, State.DUE, reason, uncounted.time, min(again, ages))
    return _now(request, observed, reason, ages, now)


def _now(request: Request, observed: Observed, reason: Reason, ages: datetime, now: datetime) -> Assessment:
    place = _place(request, observed)
    if place is None or not request.ours:
        return Assessment(request.promise, State.DUE, reason, until=ages)
    follows = request.slots.next(now)
    if waits := waiting(place, follows, now):
        return Assessment(request.promise, State.DUE, waits.reason or reason, until=min(waits.until, ages))
    action, changes = next_backup(place, reason, now)
    until = min(first_after(now, follows, changes), ages, comes_of_age(place.facts.backups, now))
    return Assessment(request.promise, State.DUE, reason, until=until, actions=(replace(action, request=request.name),))


def _place(request: Request, observed: Observed) -> Place | None:
    """The first of the asset's own repositories that answers; else the first that may answer again."""
    found = [observed.repository(name) for name in request.repositories]
    usable = [one for one in found if one.ready] or [one for one in found if one.reach in OPEN]
    if not usable:
        return None
    facts = observed.placement(request.asset, usable[0].name)
    return Place(request.asset, facts, usable[0], request.slots, request.full_every)
