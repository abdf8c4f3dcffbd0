"""How a promise stands: the value that plan, status, metrics, alerts and reports all read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from reconciler.obligations.actions import Action
from reconciler.observed.reason import Reason
from reconciler.units.instants import NEVER


class State(StrEnum):
    """``DUE`` work is to be done and the promise still holds; ``UNKNOWN`` cannot be told, so it is not met."""

    MET = "met"
    DUE = "due"
    BREACHED = "breached"
    UNKNOWN = "unknown"
    UNATTAINABLE = "unattainable"


@dataclass(frozen=True, slots=True, order=True)
class Promise:
    """The identity of an obligation: its kind and what it is about (either may be empty)."""

    kind: str
    asset: str = ""
    repository: str = ""
    name: str = ""

    def __str__(self) -> str:
        about = "/".join(part for part in (self.asset, self.repository, self.name) if part)
        return f"{self.kind} {about}".strip()


@dataclass(frozen=True, slots=True)
class Assessment:
    """One promise at one instant.

    ``since`` when it came into this state, ``until`` the earliest instant at which time alone could change
    the result (NEVER when only an event can), ``actions`` what would meet it.
    """

    promise: Promise
    state: State
    reason: Reason
    since: datetime | None = None
    until: datetime = NEVER
    actions: tuple[Action, ...] = ()


class Assessments(tuple[Assessment, ...]):
    """How all promises stand. While nothing changes it is one and the same value, so it is searched once."""

    @cached_property
    def notable(self) -> tuple[Assessment, ...]:
        """Those that are not about a single asset, and those that are neither met nor just due."""
        quiet = (State.MET, State.DUE)
        return tuple(one for one in self if not one.promise.asset or one.state not in quiet)
