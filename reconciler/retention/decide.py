"""Decides what a retention keeps of one asset's backups in one repository, what it drops, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice, takewhile
from types import MappingProxyType
from zoneinfo import ZoneInfo

from reconciler.observed.backup import SKEW, Backup
from reconciler.observed.backups import Backups
from reconciler.policy.models.retention import RetentionSpec
from reconciler.retention.letgo import let_go_only_within
from reconciler.retention.reasons import Code, Reason
from reconciler.retention.rules import History, keeps, reasons_to_keep, rules_of
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


class Decision:
    """What becomes of every backup, newest first; ``until`` is when time alone could next change this, or NEVER.

    Why backups are kept is found out when somebody asks: most are, and mostly nobody does.
    """

    def __init__(self, bench: _Bench) -> None:
        self._bench = bench
        self.dropped = bench.dropped()
        self.until = bench.until()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Decision):
            return NotImplemented
        return (self.until, self.dropped, self.kept) == (other.until, other.dropped, other.kept)

    def __hash__(self) -> int:
        return hash((self.until, self.dropped))

    @property
    def keeps(self) -> int:
        """How many are kept."""
        return len(self._bench.ordered) - len(self.dropped)

    @cached_property
    def kept(self) -> tuple[Kept, ...]:
        """Those that are kept, with every reason."""
        return self._bench.kept()


def decide(backups: Iterable[Backup], terms: Terms, now: datetime, held: Mapping[str, str] = _NOTHING_HELD) -> Decision:
    """Judge one asset's backups in one repository; ``held`` maps the ids of held ones to their hold's name.

    Only counted backups enter the rules and can evict others. An uncounted one expires when it is 14 days
    old and a later counted one exists; one of unknown verdict or dated in the future always stays. Of equal
    times the greater id goes first.
    """
    return Decision(_Bench(Backups.of(backups), terms, now, held))


class _Bench:
    """The backups in order, newest first: which of them enter the rules, and what else keeps any of them.

    ``odd`` are looked at one by one, all others are counted once their time has come.
    """

    def __init__(self, ordered: Backups, terms: Terms, now: datetime, held: Mapping[str, str]) -> None:
        self.ordered = ordered
        self.now = now
        self.odd = {position: ordered[position] for position in ordered.odd}
        ahead = takewhile(lambda time: time > now + SKEW, ordered.times)
        lacking = {position for position, backup in self.odd.items() if not backup.countable}
        self.uncounted = sorted(lacking | {position for position, _ in enumerate(ahead)})
        self.counted: Sequence[int] = range(len(ordered))
        if self.uncounted:
            doubtful = set(self.uncounted)
            self.counted = [position for position in self.counted if position not in doubtful]
        self.newest = ordered.times[self.counted[0]] if self.counted else None
        self.history = History([ordered.times[position] for position in self.counted], terms.zone)
        self.rules = rules_of(terms.rules)
        self.grounds = [*self._doubts(), *self._wishes(held, terms.zone), *self._floor(terms.floor)]

    def _doubts(self) -> Iterator[tuple[int, Reason]]:
        """Uncounted backups that have not expired."""
        for position in self.uncounted:
            reason = doubt(self.ordered[position], self.newest, self.now)
            if reason:
                yield position, reason

    def _requested(self) -> Iterator[tuple[int, datetime]]:
        for position, backup in self.odd.items():
            if backup.keep_until is not None and self.now < backup.keep_until:
                yield position, backup.keep_until

    def _wishes(self, held: Mapping[str, str], zone: ZoneInfo) -> Iterator[tuple[int, Reason]]:
        """What people asked for: requests with a date, and holds."""
        for position, until in self._requested():
            yield position, Reason(Code.REQUEST, _show(until, zone))
        for position, name in enumerate(self.ordered.ids if held else ()):
            if name in held:
                yield position, Reason(Code.HOLD, held[name])

    def _floor(self, floor: Floor) -> Iterator[tuple[int, Reason]]:
        """The newest counted, and the newest restored: counted ones first, then others that are present."""
        if self.counted:
            yield self.counted[0], _NEWEST_COUNTED
        doubtful = set(self.uncounted)
        proved = [position for position, backup in self.odd.items() if backup.restored_at is not None]
        restored = [position for position in proved if position not in doubtful]
        if len(restored) < floor.minimum_restored:
            others = (position for position in proved if position in doubtful)
            restored += [position for position in others if self.odd[position].present(self.now)]
        for position in islice(restored, floor.minimum_restored):
            yield position, _NEWEST_RESTORED

    def kept(self) -> tuple[Kept, ...]:
        reasons: list[list[Reason]] = [[] for _ in self.ordered]
        for position, ruled in zip(self.counted, reasons_to_keep(self.history, self.rules), strict=True):
            reasons[position] = ruled
        for position, reason in self.grounds:
            reasons[position].append(reason)
        found = zip(self.ordered, reasons, strict=True)
        return tuple([Kept(backup, tuple(why)) for backup, why in found if why])

    def dropped(self) -> tuple[Dropped, ...]:
        ruled = keeps(self.history, self.rules)
        spared = {position for position, _ in self.grounds}
        fallen = [place for place, stays in enumerate(ruled) if not stays] if 0 in ruled else []
        fallen = [place for place in fallen if self.counted[place] not in spared]
        timed = let_go_only_within(self.history, self.rules, fallen) if fallen else ()
        found = {
            self.counted[place]: Dropped(self.ordered[self.counted[place]], _UNRULED, place in timed)
            for place in fallen
        }
        expired = [position for position in self.uncounted if position not in spared]
        found |= {position: Dropped(self.ordered[position], expiry(self.ordered[position])) for position in expired}
        return tuple([found[position] for position in sorted(found)])

    def until(self) -> datetime:
        """The earliest instant at which time alone makes something else of a backup."""
        turns = (turns_at(self.ordered[position], self.newest, self.now) for position in self.uncounted)
        ends = (until for _, until in self._requested())
        return min((turn for turn in (*turns, *ends) if turn is not None), default=NEVER)


def _show(until: datetime, zone: ZoneInfo) -> str:
    """A date when it is the zone's midnight, else date and time."""
    local = until.astimezone(zone)
    midnight = local.hour == local.minute == local.second == local.microsecond == 0
    return local.date().isoformat() if midnight else local.isoformat(sep=" ", timespec="minutes")
