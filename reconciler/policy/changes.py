"""What changed from one policy to the next: small enough to be written down at each commit."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from pydantic import Field

from reconciler.policy.blocks import KINDS, differ, of_kind
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.units.model import Strict

_FIRST = ""


class PolicyChange(Strict):
    """``blocks`` has the name, the settings, and the blocks that are new or another; ``removed`` names those gone.

    ``follows`` gives each block that is new or has moved the name of the one before it: the order in which a
    policy was written is the order in which people read it.
    """

    blocks: ResolvedPolicy
    removed: tuple[str, ...] = ()
    follows: dict[str, str] = Field(default_factory=dict)


def change_between(before: ResolvedPolicy, after: ResolvedPolicy) -> PolicyChange:
    """All that tells them apart: ``changed_by(before, change)`` is ``after``."""
    changed: dict[str, dict[str, Strict]] = {}
    removed: list[str] = []
    follows: dict[str, str] = {}
    for word, field in KINDS.items():
        old, new = of_kind(before, field), of_kind(after, field)
        changed[field] = {name: value for name, value in new.items() if differ(old.get(name), value)}
        removed += [f"{word}/{name}" for name in old if name not in new]
        staying = _staying(list(old), list(new))
        for previous, name in pairwise((_FIRST, *new)):
            if name not in staying:
                follows[f"{word}/{name}"] = previous
    return PolicyChange(blocks=after.model_copy(update=changed), removed=tuple(removed), follows=follows)


def changed_by(before: ResolvedPolicy, change: PolicyChange) -> ResolvedPolicy:
    """The policy after the change. Raises ValueError when it is no change of this policy."""
    gone = frozenset(change.removed)
    whole: dict[str, dict[str, Strict]] = {}
    for word, field in KINDS.items():
        values = {**of_kind(before, field), **of_kind(change.blocks, field)}
        follows = {
            previous: key.partition("/")[2] for key, previous in change.follows.items() if key.startswith(f"{word}/")
        }
        placed = frozenset(follows.values())
        staying = [name for name in of_kind(before, field) if f"{word}/{name}" not in gone and name not in placed]
        order = list(_in_order(staying, follows))
        if len(order) != len(set(order)) or set(order) != {name for name in values if f"{word}/{name}" not in gone}:
            raise ValueError(f"this is no change of that policy: its {field} do not fit")
        whole[field] = {name: values[name] for name in order}
    return change.blocks.model_copy(update=whole)


def _in_order(staying: Iterable[str], follows: dict[str, str]) -> Iterable[str]:
    """Those that stay as they stood, each with what comes behind it."""
    for name in (_FIRST, *staying):
        if name != _FIRST:
            yield name
        while name in follows:
            name = follows.pop(name)  # each is placed once, whatever a damaged entry says
            yield name


def _staying(old: Sequence[str], new: Sequence[str]) -> frozenset[str]:
    """The most names that stand in the same order in both: the longest increasing run of their old places."""
    places = {name: place for place, name in enumerate(old)}
    ends: list[int] = []
    ending: list[str] = []
    before: dict[str, str] = {}
    for name in new:
        if name not in places:
            continue
        length = bisect_left(ends, places[name])
        if length:
            before[name] = ending[length - 1]
        if length == len(ends):
            ends.append(places[name])
            ending.append(name)
        else:
            ends[length], ending[length] = places[name], name
    found = set[str]()
    last = ending[-1] if ending else None
    while last is not None:
        found.add(last)
        last = before.get(last)
    return frozenset(found)
