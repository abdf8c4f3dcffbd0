"""What a lie of an engine is, and how its cases are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.faults.lying.shim import How

VERBS = ("backup", "copy", "list", "check", "restore")
NONE: tuple[How, ...] = ({},)


@dataclass(frozen=True, slots=True)
class Lie:
    """A lie, told of some verbs in some variants; a harmless one is to be survived, and counts for nothing.

    ``quick`` is the verb of which its first variant is told in every run of the tests.
    """

    name: str
    told: Mapping[str, tuple[How, ...]]
    harmless: bool = False
    quick: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One lie, once."""

    lie: Lie
    verb: str
    how: How
    number: int

    @property
    def id(self) -> str:
        return f"{self.verb}: {self.lie.name} {self.number}"

    @property
    def quick(self) -> bool:
        return self.verb == self.lie.quick and self.number == 0


def cases(lies: Iterable[Lie]) -> list[Case]:
    """Each variant of each lie on each of its verbs."""
    return [
        Case(lie, verb, how, number)
        for lie in lies
        for verb, variants in lie.told.items()
        for number, how in enumerate(variants)
    ]


def each(name: str, *values: str | int | float, **fixed: str | int) -> tuple[How, ...]:
    """One variant for each value of a parameter."""
    return tuple({**fixed, name: value} for value in values)


def everywhere(*variants: How, but: str = "") -> dict[str, tuple[How, ...]]:
    """The same variants of every verb."""
    return {verb: variants for verb in VERBS if verb not in but.split()}
