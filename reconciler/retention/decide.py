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
    history = History(bench.times(), terms.zone)
    rules = rules_of(terms.rules)
    bench.enter(reasons_to_keep(history, rules))
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
        arrived = next((p for p, backup in enumerate(self.ordered) if not backup.in_future(now)), len(self.ordered))
        countable = [backup.countable for backup in self.ordered]
        countable[:arrived] = [False] * arrived
        self.counted = [position for position, enters in enumerate(countable) if enters]
        self.uncounted = [position for position, enters in enumerate(countable) if not enters]
        self.newest = self.ordered[self.counted[0]].time if self.counted else None
        self.requested = [
            (position, backup.keep_until)
            for position, backup in enumerate(self.ordered)
            if backup.keep_until is not None and now < backup.keep_until
        ]
        self.reasons: list[list[Reason]] = []

    def times(self) -> list[datetime]:
        """The counted backups' times, newest first."""
        return [self.ordered[position].time for position in self.counted]

    def enter(self, ruled: list[list[Reason]]) -> None:
        """Take over what the rules say of the counted backups, in their order."""
        self.reasons = [[] for _ in self.ordered] if self.uncounted else ruled
        for position, reasons in zip(self.counted if self.uncounted else (), ruled, strict=False):
            self.reasons[position] = reasons

    def spare_the_doubtful(self) -> None:
        """Keep uncounted backups that have not expired."""
        for position in self.uncounted:
            reason = doubt(self.ordered[position], self.newest, self.now)
            if reason:
                self.reasons[position].append(reason)

    def grant(self, held: Mapping[str, str], zone: ZoneInfo) -> None:
        """Keep what people asked for: requests with a date, and holds."""
        for position, until in self.requested:
            self.reasons[position].append(Reason(Code.REQUEST, _show(until, zone)))
        for position, backup in enumerate(self.ordered if held else ()):
            if backup.id in held:
                self.reasons[position].append(Reason(Code.HOLD, held[backup.id]))

    def lay_floor(self, floor: Floor) -> None:
        """Keep the newest counted, and the newest restored: counted ones first, then others that are present."""
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
        doubtful = set(self.uncounted)
        found = [(p, self.ordered[p]) for p, reasons in enumerate(self.reasons) if not reasons]
        return tuple(
            [
                Dropped(backup, expiry(backup) if position in doubtful else _UNRULED, position in timed)
                for position, backup in found
            ]
        )

    def until(self) -> datetime:
        """The earliest instant at which time alone makes something else of a backup."""
        turns = (turns_at(self.ordered[position], self.newest, self.now) for position in self.uncounted)
        ends = (until for _, until in self.requested)
        return min((turn for turn in (*turns, *ends) if turn is not None), default=NEVER)


def _show(until: datetime, zone: ZoneInfo) -> str:
    """A date when it is the zone's midnight, else date and time."""
    local = until.astimezone(zone)
    midnight = local.hour == local.minute == local.second == local.microsecond == 0
    return local.date().isoformat() if midnight else local.isoformat(sep=" ", timespec="minutes")
