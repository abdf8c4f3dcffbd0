"""Decides what a retention keeps of one asset's backups in one repository, what it drops, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from operator import attrgetter
from types import MappingProxyType
from zoneinfo import ZoneInfo

from reconciler.observed.backup import Backup
from reconciler.policy.models.retention import RetentionSpec
from reconciler.retention.letgo import let_go_only_within
from reconciler.retention.reasons import Code, Reason
from reconciler.retention.rules import History, reasons_to_keep, rules_of
from reconciler.retention.uncounted import doubt, expiry, turns_at
from reconciler.units.instants import NEVER

_NEWEST_COUNTED = Reason(Code.FLOOR, "newest counted")
_NEWEST_RESTORED = Reason(Code.FLOOR, "newest restored")
_UNRULED = Reason(Code.UNRULED)
_NOTHING_HELD: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Floor:
    """What no policy goes below, per asset and repository.

    ``minimum_age`` does not change what is kept: a dropped backup is only forgotten when it is that old.
    """

    minimum_restored: int = 1
    minimum_age: timedelta = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules, the zone whose wall clock makes their buckets, and the floor."""

    rules: RetentionSpec
    zone: ZoneInfo
    floor: Floor = field(default_factory=Floor)


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup that stays, with every reason for it."""

    backup: Backup
    reasons: tuple[Reason, ...]

    @property
    def text(self) -> str:
        """The reasons in words."""
        return ", ".join(reason.text for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A backup that may go; ``only_within`` when a ``within`` rule was the last to hold it (see letgo)."""

    backup: Backup
    reason: Reason
    only_within: bool = False

    @property
    def text(self) -> str:
        """The reason in words."""
        return self.reason.text


@dataclass(frozen=True, slots=True)
class Decision:
    """Every backup once, newest first; ``until`` is when time alone could next change this, or NEVER."""

    kept: tuple[Kept, ...]
    dropped: tuple[Dropped, ...]
    until: datetime


def decide(backups: Iterable[Backup], terms: Terms, now: datetime, held: Mapping[str, str] = _NOTHING_HELD) -> Decision:
    """Judge one asset's backups in one repository; ``held`` maps the ids of held ones to their hold's name.

    Only counted backups enter the rules and can evict others. An uncounted one expires when it is 14 days
    old and a later counted one exists; one of unknown verdict or dated in the future always stays. Of equal
    times the greater id goes first.
    """
    bench = _Bench(backups, now)
    history = History([bench.ordered[position].time for position in bench.counted], terms.zone)
    rules = rules_of(terms.rules)
    for position, ruled in zip(bench.counted, reasons_to_keep(history, rules), strict=True):
        bench.reasons[position] = ruled
    bench.spare_the_doubtful()
    bench.grant(held, terms.zone)
    bench.lay_floor(terms.floor)
    fallen = [place for place, position in enumerate(bench.counted) if not bench.reasons[position]]
    timed = {bench.counted[place] for place in let_go_only_within(history, rules, fallen)} if fallen else set()
    return Decision(bench.kept(), bench.dropped(timed), bench.until())


class _Bench:
    """The backups in order, newest first, and at each position the reasons found so far."""

    def __init__(self, backups: Iterable[Backup], now: datetime) -> None:
        self.now = now
        self.ordered = sorted(backups, key=attrgetter("time", "id"), reverse=True)
        self.counted = [place for place, backup in enumerate(self.ordered) if backup.counted(now)]
        entered = set(self.counted) if len(self.counted) < len(self.ordered) else None
        self.uncounted = [] if entered is None else [p for p in range(len(self.ordered)) if p not in entered]
        self.newest = self.ordered[self.counted[0]].time if self.counted else None
        self.reasons: list[list[Reason]] = [[] for _ in self.ordered]

    def spare_the_doubtful(self) -> None:
        """Uncounted backups that have not expired."""
        for position in self.uncounted:
            reason = doubt(self.ordered[position], self.newest, self.now)
            if reason:
                self.reasons[position].append(reason)

    def grant(self, held: Mapping[str, str], zone: ZoneInfo) -> None:
        """What people asked to keep: requests with a date, and holds."""
        for position, until in self._requested():
            self.reasons[position].append(Reason(Code.REQUEST, _show(until, zone)))
        for position, backup in enumerate(self.ordered if held else ()):
            if backup.id in held:
                self.reasons[position].append(Reason(Code.HOLD, held[backup.id]))

    def lay_floor(self, floor: Floor) -> None:
        """The newest counted, and the newest restored: counted ones first, then others that are present."""
        if self.counted:
            self.reasons[self.counted[0]].append(_NEWEST_COUNTED)
        restored = [place for place in self.counted if self.ordered[place].restored_at is not None]
        if len(restored) < floor.minimum_restored:
            others = (p for p in self.uncounted if self.ordered[p].restored_at is not None)
            restored += [position for position in others if self.ordered[position].present(self.now)]
        for position in islice(restored, floor.minimum_restored):
            self.reasons[position].append(_NEWEST_RESTORED)

    def kept(self) -> tuple[Kept, ...]:
        found = zip(self.ordered, self.reasons, strict=True)
        return tuple([Kept(backup, tuple(reasons)) for backup, reasons in found if reasons])

    def dropped(self, timed: set[int]) -> tuple[Dropped, ...]:
        expired = {position for position in self.uncounted if not self.reasons[position]}
        found = [position for position, reasons in enumerate(self.reasons) if not reasons]
        return tuple(
            Dropped(self.ordered[p], expiry(self.ordered[p]) if p in expired else _UNRULED, p in timed) for p in found
        )

    def until(self) -> datetime:
        """The earliest instant at which time alone makes something else of a backup."""
        turns = (turns_at(self.ordered[position], self.newest, self.now) for position in self.uncounted)
        ends = (until for _, until in self._requested())
        return min((turn for turn in (*turns, *ends) if turn is not None), default=NEVER)

    def _requested(self) -> list[tuple[int, datetime]]:
        dated = [(p, backup.keep_until) for p, backup in enumerate(self.ordered) if backup.keep_until is not None]
        return [(position, until) for position, until in dated if until is not None and self.now < until]


def _show(until: datetime, zone: ZoneInfo) -> str:
    """A date when it is the zone's midnight, else date and time."""
    local = until.astimezone(zone)
    midnight = local.hour == local.minute == local.second == local.microsecond == 0
    return local.date().isoformat() if midnight else local.isoformat(sep=" ", timespec="minutes")
