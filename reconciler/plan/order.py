"""Actions of one round joined by key and put in the order in which they would start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from reconciler.obligations.actions import Action, BackUp, Key, key
from reconciler.observed.attempts import Verb
from reconciler.plan.context import Context

ORDER = tuple(Verb)
"""The verbs as they are declared: initialise, backup, copy, mark, forget, prune, check, render."""

_UNKNOWN_SIZE = 2**63
_NO_TIER = timedelta.max


def join(actions: Iterable[Action]) -> list[Action]:
    """One action a key. A backup asked for by name and by slot is one backup that carries the name."""
    joined: dict[Key, Action] = {}
    for action in actions:
        found = joined.get(key(action))
        joined[key(action)] = action if found is None else _both(found, action)
    return list(joined.values())


def _both(first: Action, second: Action) -> Action:
    if not (isinstance(first, BackUp) and isinstance(second, BackUp)):
        return first
    named = min((a for a in (first, second) if a.request), key=lambda a: a.request or "", default=first)
    return replace(
        named,
        due_at=min(first.due_at, second.due_at),
        initial=first.initial or second.initial,
        read_all=first.read_all or second.read_all,
    )


def in_order(actions: Iterable[Action], context: Context) -> list[Action]:
    """By verb; backups that keep a promise alive by when they were due, then first ones by tier and size."""
    return sorted(actions, key=lambda action: (ORDER.index(action.verb), _rank(action, context), key(action)))


def _rank(action: Action, context: Context) -> tuple[object, ...]:
    if not (isinstance(action, BackUp) and action.initial):
        return (0, action.due_at)
    asset = context.policy.assets.get(action.asset)
    facts = context.observed.placement(action.asset, action.repository)
    size = facts.usual_size if facts.usual_size is not None else _UNKNOWN_SIZE
    return (1, asset.rpo if asset else _NO_TIER, size, action.due_at)
