"""restic's retention rules over the times of one history: which of them each rule keeps.

Source: restic's manual, "Removing snapshots according to a policy", as 0.18 applies it: a bucket keeps its
newest; the oldest of all is kept too while its rule still has counts, or when it lies within the span; spans
reach back from the newest time, not from now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from functools import cached_property
from itertools import compress, takewhile
from operator import ne
from zoneinfo import ZoneInfo

from reconciler.policy.models.retention import RetentionSpec
from reconciler.retention.calendar import local_hours, subtract
from reconciler.retention.reasons import Code, Reason, numbered, spanned
from reconciler.units.durations import CalendarDuration


class Level(IntEnum):
    """What one bucket of a rule spans."""

    EACH = 0
    HOUR = 1
    DAY = 2
    WEEK = 3
    MONTH = 4
    YEAR = 5


@dataclass(frozen=True, slots=True)
class CountRule:
    """Keeps the newest of each of the newest ``count`` buckets; -1 is without limit."""

    code: Code
    level: Level
    count: int


@dataclass(frozen=True, slots=True)
class WithinRule:
    """Keeps the newest of each bucket that is younger than ``span`` before the newest of all."""

    code: Code
    level: Level
    span: CalendarDuration


Rule = CountRule | WithinRule


_COUNTS = tuple(zip(tuple(Code)[:6], Level, strict=True))
_SPANS = tuple(zip(tuple(Code)[7:12], tuple(Level)[1:], strict=True))


def rules_of(spec: RetentionSpec) -> tuple[Rule, ...]:
    """The rules that a retention really has, in the order in which restic names them."""
    counts = (spec.last, spec.hourly, spec.daily, spec.weekly, spec.monthly, spec.yearly)
    spans = (spec.within_hourly, spec.within_daily, spec.within_weekly, spec.within_monthly, spec.within_yearly)
    return (
        *([WithinRule(Code.WITHIN, Level.EACH, spec.within)] if spec.within else ()),
        *[CountRule(*rule, n) for rule, n in zip(_COUNTS, counts, strict=True) if n],
        *[WithinRule(*rule, span) for rule, span in zip(_SPANS, spans, strict=True) if span],
    )


class History:
    """The times of one asset's counted backups in one repository, newest first, on a zone's wall clock."""

    def __init__(self, times: Sequence[datetime], zone: ZoneInfo) -> None:
        self.times = times
        self.zone = zone
        self._newest: dict[Level, Sequence[int]] = {}

    def newest_of_each(self, level: Level) -> Sequence[int]:
        """The positions of the backups that are the newest of their bucket, ascending."""
        if level not in self._newest:
            self._newest[level] = self._bucketed(level)
        return self._newest[level]

    def _bucketed(self, level: Level) -> Sequence[int]:
        match level:
            case Level.EACH:
                return range(len(self.times))
            case Level.HOUR:
                return _changes(range(len(self.times)), self._hours)
            case Level.DAY:
                return self._days
            case Level.WEEK:
                # Ordinal 1 is a Monday, and ISO weeks begin on Mondays.
                return _changes(self._days, [(hour // 24 - 1) // 7 for hour in self._day_hours])
            case Level.MONTH:
                return _changes(self._days, [_MONTHS[hour // 24] for hour in self._day_hours])
            case Level.YEAR:
                return _changes(self._days, [_MONTHS[hour // 24] // 12 for hour in self._day_hours])

    @cached_property
    def _hours(self) -> list[int]:
        return local_hours(self.times, self.zone)

    @cached_property
    def _days(self) -> list[int]:
        return _changes(range(len(self.times)), [hour // 24 for hour in self._hours])

    @cached_property
    def _day_hours(self) -> list[int]:
        return [self._hours[position] for position in self._days]


class _Months(dict[int, int]):
    """Day (its ordinal) → the number of its month since the year 0, counted from 0."""

    def __missing__(self, day: int) -> int:
        on = date.fromordinal(max(day, 1))
        self[day] = found = on.year * 12 + on.month - 1
        return found


_MONTHS = _Months()


def _changes(positions: Sequence[int], keys: Sequence[object]) -> list[int]:
    """The positions whose key differs from the one before."""
    if not positions:
        return []
    return [positions[0], *compress(positions[1:], map(ne, keys[1:], keys))]


def keeps(history: History, rules: Sequence[Rule]) -> bytearray:
    """For each backup of the history 1 when the rules keep it, else 0."""
    found = bytearray(len(history.times))
    for rule in rules if found else ():
        positions, oldest = _kept(history, rule)
        for position in positions:
            found[position] = 1
        if oldest:
            found[-1] = 1
    return found


def reasons_to_keep(history: History, rules: Sequence[Rule]) -> list[list[Reason]]:
    """For each backup of the history why the rules keep it; an empty list when none does."""
    found: list[list[Reason]] = [[] for _ in history.times]
    for rule in rules if found else ():
        positions, oldest = _kept(history, rule)
        for number, position in enumerate(positions, 1):
            found[position].append(_reason(rule, number))
        if oldest:
            found[-1].append(_reason(rule, len(positions) + 1, oldest=True))
    return found


def _kept(history: History, rule: Rule) -> tuple[Sequence[int], bool]:
    """The newest of buckets that a rule keeps, newest first, and whether it keeps the oldest of all besides."""
    newest = history.newest_of_each(rule.level)
    among = newest[-1] == len(history.times) - 1
    match rule:
        case CountRule():
            unfilled = rule.count < 0 or len(newest) < rule.count
            return newest if unfilled else newest[: rule.count], unfilled and not among
        case WithinRule():
            times = history.times
            edge = subtract(times[0], rule.span, history.zone)
            near = list(takewhile(lambda position: times[position] > edge, newest))
            return near, times[-1] > edge and not among


def _reason(rule: Rule, number: int, *, oldest: bool = False) -> Reason:
    match rule:
        case CountRule():
            return numbered(rule.code, number, oldest=oldest)
        case WithinRule():
            return spanned(rule.code, str(rule.span), oldest=oldest)
