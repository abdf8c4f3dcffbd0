"""What a copy takes from its origin: the newest counted backup at its own slots, and what else it would keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from reconciler.obligations.actions import Chosen, Copy
from reconciler.obligations.codes import Code
from reconciler.obligations.waiting import comes_of_age
from reconciler.obligations.work import OPEN, Origin, Place, Work, back_up, invalidated_since, waiting
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.backup import Backup
from reconciler.observed.facts import Observed, PlacementFacts, Reach, RepositoryFacts
from reconciler.observed.reason import Reason
from reconciler.retention.calendar import local_hours
from reconciler.retention.decide import Terms, decide
from reconciler.retention.reasons import Code as Rule
from reconciler.retention.rules import Level
from reconciler.units.instants import NEVER

PATIENCE = timedelta(hours=1)
"""An origin that is away for less than this is waited for, whatever the target's age."""

_RULES = tuple(Rule)
_LEVEL = dict(zip(_RULES[:6], Level, strict=True)) | dict(zip(_RULES[6:12], Level, strict=True))


@dataclass(frozen=True, slots=True)
class Wanted:
    """The origin's older backups that the target would keep, newest first, and when time alone changes that."""

    backups: tuple[Backup, ...]
    until: datetime


def copy(place: Place, origin: Origin, rpo: timedelta, observed: Observed, now: datetime) -> Work:
    """The copy that is due at ``now``, or the backup straight from the source when the origin is away too long."""
    repository = observed.repository(origin.repository)
    if not repository.ready and repository.reach is not Reach.NEVER_SEEN:
        return _without_origin(place, repository, rpo, now)
    source = observed.placement(place.asset, origin.repository)
    ages = comes_of_age(source.backups, now)
    newest = source.newest_counted(now)
    if newest is None:
        return Work(remark=Reason.of(Code.WAITING_FOR_ORIGIN, origin=origin.repository), until=ages)
    slot, follows = place.slots.latest(now), place.slots.next(now)
    if place.repository.reach not in OPEN:
        return Work(until=ages)
    if _served(place.facts, newest, slot, now):
        return Work(until=min(follows, ages))
    if waits := waiting(place, follows, now):
        return replace(waits, until=min(waits.until, ages))
    return _copy(place, origin, source, newest, now)


def wanted(source: Iterable[Backup], target: Iterable[Backup], terms: Terms, now: datetime) -> Wanted:
    """The older backups of ``source`` that ``target`` lacks and would keep under its own retention.

    A backup is wanted only for a bucket in which the target, with the origin's newest, has none yet: a target
    with rarer slots than its origin's would otherwise swap its backups for neighbours for ever.
    """
    counted = [backup for backup in source if backup.counted(now)]
    held = [backup for backup in target if backup.counted(now)]
    lineages = {backup.lineage for backup in target if not backup.invalidated}
    lacking = [backup for backup in counted if backup.lineage not in lineages]
    older = [backup for backup in lacking if backup is not counted[0]]
    if not older:
        return Wanted((), NEVER)
    decision = decide([*held, *lacking], terms, now)
    have = [*held, *(backup for backup in lacking if backup is counted[0])]
    filled = _Buckets(have, terms)
    candidates = {id(backup) for backup in older}
    kept = tuple(
        kept.backup
        for kept in decision.kept
        if id(kept.backup) in candidates
        and any(
            not filled.has(kept.backup, level)
            for reason in kept.reasons
            if (level := _LEVEL.get(reason.code)) is not None
        )
    )
    return Wanted(kept, decision.until)


class _Buckets:
    """Which hours, days, weeks … have a backup already."""

    def __init__(self, backups: list[Backup], terms: Terms) -> None:
        self._zone = terms.zone
        hours = local_hours((backup.time for backup in backups), terms.zone)
        self._filled = {(level, _bucket(level, hour)) for hour in hours for level in Level}

    def has(self, backup: Backup, level: Level) -> bool:
        """Whether the backup's bucket of that level is filled; each backup is a bucket of its own for ``last``."""
        if level is Level.EACH:
            return False
        [hour] = local_hours((backup.time,), self._zone)
        return (level, _bucket(level, hour)) in self._filled


def _bucket(level: Level, hour: int) -> int:
    """The number of the hour, day, ISO week, month or year in which a local hour lies."""
    day = hour // 24
    match level:
        case Level.EACH | Level.HOUR:
            return hour
        case Level.DAY:
            return day
        case Level.WEEK:
            return (day - 1) // 7
        case Level.MONTH:
            on = date.fromordinal(max(day, 1))
            return on.year * 12 + on.month
        case Level.YEAR:
            return date.fromordinal(max(day, 1)).year


def _served(target: PlacementFacts, newest: Backup, slot: datetime, now: datetime) -> bool:
    """Whether there is nothing to copy for this slot."""
    held = target.newest_counted(now)
    if any(backup.lineage == newest.lineage and not backup.invalidated for backup in target.backups):
        return True
    if held is None or invalidated_since(target, held):
        return False
    last = target.last
    copied = last is not None and last.verb is Verb.COPY and last.outcome is Outcome.SUCCEEDED
    return held.time >= min(slot, newest.time) or (last is not None and copied and last.slot == slot)


def _copy(place: Place, origin: Origin, source: PlacementFacts, newest: Backup, now: datetime) -> Work:
    slot, follows = place.slots.latest(now), place.slots.next(now)
    older = wanted(source.backups, place.facts.backups, origin.terms, now)
    why = Reason.of(Code.NEW_COPY, origin=origin.repository, slot=slot, older=len(older.backups) or None)
    backups = (
        Chosen(newest.id, newest.time, "newest counted"),
        *(Chosen(backup.id, backup.time, "the copy would keep it") for backup in older.backups),
    )
    held = place.facts.newest_counted(now)
    action = Copy(
        asset=place.asset,
        repository=place.facts.repository,
        origin=origin.repository,
        backups=backups,
        why=why,
        due_at=min(place.slots.next(held.time), slot) if held else newest.time,
        slot=slot,
    )
    ages = comes_of_age(source.backups, now)
    return Work((action,), why, until=min(follows, ages, older.until))


def _without_origin(place: Place, origin: RepositoryFacts, rpo: timedelta, now: datetime) -> Work:
    """Back up straight into the target once its RPO has passed and the origin is no mere blink away."""
    held = place.facts.newest_counted(now)
    began = held.time if held else place.facts.wanted_since
    if origin.trouble_since is None or began is None:
        return Work()
    starts = max(began + rpo, origin.trouble_since + PATIENCE)
    if now < starts:
        return Work(until=starts)
    remark = Reason.of(Code.ORIGIN_UNREACHABLE, origin=origin.name, since=origin.trouble_since)
    return back_up(place, now, remark)
