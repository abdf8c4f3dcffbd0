"""The backup that a placement needs now: its slot, its backoff, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from reconciler.obligations.actions import Action, BackUp
from reconciler.obligations.codes import Code
from reconciler.obligations.waiting import Failures, first_after
from reconciler.observed.backup import Backup
from reconciler.observed.facts import PlacementFacts, Reach, RepositoryFacts
from reconciler.observed.reason import Reason
from reconciler.policy.schedule import Slots
from reconciler.retention.decide import Terms
from reconciler.units.instants import NEVER

OPEN = frozenset({Reach.READY, Reach.UNREACHABLE})
"""Where a backup may be tried: one that is unreachable may answer again, a changed one could be another's."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a copy comes from, and what the target's own retention would keep of it."""

    repository: str
    terms: Terms


@dataclass(frozen=True, slots=True)
class Place:
    """Where work is to be done: an asset in a repository as observed, and its slots."""

    asset: str
    facts: PlacementFacts
    repository: RepositoryFacts
    slots: Slots
    full_every: timedelta | None = None

    @property
    def failures(self) -> Failures:
        """What failed here in a row."""
        return Failures(self.facts.last, self.facts.failures, self.facts.changed_at)


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done. ``reason`` is set when something is due, ``remark`` when it explains the state itself."""

    actions: tuple[Action, ...] = ()
    reason: Reason | None = None
    remark: Reason | None = None
    until: datetime = NEVER


NOTHING = Work()


def back_up(place: Place, now: datetime, remark: Reason | None = None) -> Work:
    """The backup that is due at ``now``: caught up once after missed slots, after the backoff when it failed."""
    if place.repository.reach not in OPEN:
        return NOTHING
    slot, follows = place.slots.latest(now), place.slots.next(now)
    why = remark or _why(place, slot, now)
    newest = place.facts.newest_present(now)
    if newest is not None and newest.time >= slot and why.code != Code.INVALIDATED:
        return Work(until=follows)
    if waits := waiting(place, follows, now):
        return waits
    action, changes = next_backup(place, why, now)
    return Work((action,), why, remark, first_after(now, follows, changes))


def next_backup(place: Place, why: Reason, now: datetime) -> tuple[BackUp, datetime | None]:
    """The backup of the latest slot, and when it would come to read everything anew."""
    slot, facts = place.slots.latest(now), place.facts
    present, counted = facts.newest_present(now), facts.newest_counted(now)
    due_at = min(place.slots.next(present.time), slot) if present else facts.wanted_since or slot
    full_at = _full_at(place)
    backup = BackUp(
        asset=place.asset,
        repository=facts.repository,
        why=why,
        due_at=due_at,
        slot=slot,
        parent=counted.id if counted else None,
        initial=present is None,
        read_all=counted is not None and full_at is not None and now >= full_at,
    )
    return backup, full_at


def waiting(place: Place, follows: datetime, now: datetime) -> Work | None:
    """The work that waits for an attempt under way, or for the end of a backoff; None when nothing stops it."""
    last = place.facts.last
    if place.facts.running:
        return Work(reason=Reason.of(Code.RUNNING, started=last.started if last else None), until=follows)
    retry_at = place.failures.retry_at
    if retry_at is not None and now < retry_at:
        return Work(reason=place.failures.reason, until=min(retry_at, follows))
    return None


def invalidated_since(facts: PlacementFacts, newest: Backup | None) -> Backup | None:
    """A backup that was found bad and is newer than the newest present one."""
    newer = takewhile(lambda backup: newest is None or backup.time > newest.time, facts.backups)
    return next((backup for backup in newer if backup.invalidated), None)


def _why(place: Place, slot: datetime, now: datetime) -> Reason:
    facts = place.facts
    newest = facts.newest_present(now)
    if bad := invalidated_since(facts, newest):
        return Reason.of(Code.INVALIDATED, backup=bad.id)
    if facts.failures and facts.last:
        return Reason.of(Code.RETRY, failures=facts.failures, error=facts.last.code)
    if newest is None:
        return Reason.of(Code.INITIAL)
    missed = place.slots.next(newest.time)
    if missed < slot:
        return Reason.of(Code.CATCH_UP, slot=slot, missed=missed)
    return Reason.of(Code.SLOT, slot=slot)


def _full_at(place: Place) -> datetime | None:
    """When everything is to be read anew; None when the policy never asks for it."""
    if place.full_every is None:
        return None
    read = place.facts.last_read_all or place.facts.wanted_since
    return read + place.full_every if read else datetime.min.replace(tzinfo=NEVER.tzinfo)
