"""Cycles among names, each found once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Edges = Mapping[str, Iterable[str]]


def cycles(edges: Edges) -> list[tuple[str, ...]]:
    """Every cycle that a walk along the edges closes, beginning with its first name in the alphabet."""
    found: dict[tuple[str, ...], None] = {}
    done: set[str] = set()
    for start in sorted(edges):
        _walk(start, edges, done, found)
    return list(found)


def _walk(start: str, edges: Edges, done: set[str], found: dict[tuple[str, ...], None]) -> None:
    # By hand rather than by recursion: a chain of ten thousand assets is no reason to fail.
    path: list[str] = []
    standing: dict[str, int] = {}
    waiting: list[tuple[str, bool]] = [(start, True)]
    while waiting:
        name, entering = waiting.pop()
        if not entering:
            standing.pop(path.pop())
            done.add(name)
        elif name in standing:
            cycle = path[standing[name] :]
            first = cycle.index(min(cycle))
            found[(*cycle[first:], *cycle[:first])] = None
        elif name not in done:
            standing[name] = len(path)
            path.append(name)
            waiting.append((name, False))
            waiting += [(following, True) for following in edges.get(name, ())]


def spelled(cycle: tuple[str, ...]) -> str:
    """``a → b → a``."""
    return " → ".join((*cycle, cycle[0]))
