"""Which dropped backups only a ``within`` rule let go: the deletion budget does not charge them.

That is when a ``within`` rule was the last to hold it: at the latest of the newer backups with which some
``within`` rule still kept it, no counting rule did. Time passing took it, not a flood of new ones. Whether
anybody looked at that moment does not matter, so passes that were missed or blocked change nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from reconciler.retention.calendar import subtract
from reconciler.retention.rules import CountRule, History, Rule, WithinRule


def let_go_only_within(history: History, rules: Sequence[Rule], dropped: Iterable[int]) -> set[int]:
    """Of the dropped positions (ascending), those that a ``within`` rule was the last to hold."""
    spans = [_Window(history, rule) for rule in rules if isinstance(rule, WithinRule)]
    counts = [_Buckets(history, rule) for rule in rules if isinstance(rule, CountRule)]
    if not spans:
        return set()
    if not counts:
        return set(dropped)
    found = set()
    for position in dropped:
        held_with = min(window.last_held(position) for window in spans)
        if not any(buckets.would_keep(position, held_with) for buckets in counts):
            found.add(position)
    return found


class _Window:
    """One ``within`` rule, asked back through time: with which backup as the newest it last reached another.

    It is asked for ever older backups, so that the place found last is where the next search begins.
    """

    def __init__(self, history: History, rule: WithinRule) -> None:
        self._history = history
        self._rule = rule
        self._newest = history.newest_of_each(rule.level)
        self._place = 0
        self._edge = subtract(history.times[0], rule.span, history.zone)

    def last_held(self, position: int) -> int:
        """The position of the latest backup with which this rule kept the one at ``position``."""
        times = self._history.times
        if position != len(times) - 1 and not _is_newest(self._newest, position):
            return position
        while self._edge >= times[position]:
            self._place += 1
            self._edge = subtract(times[self._place], self._rule.span, self._history.zone)
        return self._place


class _Buckets:
    """One counting rule, asked what it would have kept when an older backup was the newest."""

    def __init__(self, history: History, rule: CountRule) -> None:
        self._history = history
        self._rule = rule
        self._newest = history.newest_of_each(rule.level)

    def would_keep(self, position: int, newest: int) -> bool:
        """Whether the rule kept ``position`` when the backup at ``newest`` was the newest of all."""
        buckets = bisect_right(self._newest, position) - bisect_right(self._newest, newest) + 1
        if position == newest or _is_newest(self._newest, position):
            return self._rule.count < 0 or buckets <= self._rule.count
        oldest = position == len(self._history.times) - 1
        return oldest and (self._rule.count < 0 or buckets < self._rule.count)


def _is_newest(newest: Sequence[int], position: int) -> bool:
    place = bisect_left(newest, position)
    return place < len(newest) and newest[place] == position
