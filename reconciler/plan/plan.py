"""The plan as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from reconciler.obligations.actions import Action
from reconciler.obligations.assessment import Assessment, Assessments, State
from reconciler.observed.reason import Reason
from reconciler.plan.estimate import Estimate
from reconciler.units.instants import NEVER

FORMAT_VERSION: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why a guard stops an action: its code, when it may lift by itself, how to lift it, what approves it."""

    guard: str
    why: Reason
    lift: str
    until: datetime | None = None
    checksum: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """An action, runnable unless blocked; ``suspended`` names the suspension that stops it."""

    action: Action
    blocked: Blocked | None = None
    suspended: str = ""

    @property
    def runnable(self) -> bool:
        """Nothing stops it."""
        return self.blocked is None and not self.suspended


@dataclass(frozen=True, slots=True)
class LetGo:
    """A backup that goes when a lowering is approved; ``time`` is None when it is not known any more."""

    id: str
    asset: str
    repository: str
    time: datetime | None


@dataclass(frozen=True, slots=True)
class PendingLowering:
    """A line of the policy that lowers protection and waits, with the backups that it lets go, newest first."""

    path: str
    before: str
    after: str
    lift: str
    checksum: str
    backups: tuple[LetGo, ...] = ()


@dataclass(frozen=True, slots=True)
class Companion:
    """A block of the policy that lowers nothing and waits for others that do; ``why`` it cannot go ahead alone."""

    block: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One round. ``at`` the instant it was made for; actions in the order in which they would start.

    ``until`` the earliest instant at which time alone could change it. A mark that its asset's credit covers
    only in part is there twice: what fits, and the rest, blocked. ``following`` is what comes after these
    actions in the same pass, where somebody looked ahead, and ``estimate`` what the first backups of both will take.
    """

    policy: str
    revision: str
    host: str
    at: datetime
    actions: tuple[PlannedAction, ...]
    lowerings: tuple[PendingLowering, ...]
    assessments: Assessments
    until: datetime = NEVER
    companions: tuple[Companion, ...] = ()
    following: tuple[Action, ...] = ()
    estimate: Estimate | None = None

    @property
    def runnable(self) -> tuple[Action, ...]:
        """What would start now."""
        return tuple(planned.action for planned in self.actions if planned.runnable)

    @property
    def blocked(self) -> tuple[PlannedAction, ...]:
        """What a guard stops."""
        return tuple(planned for planned in self.actions if planned.blocked)

    def in_state(self, state: State) -> tuple[Assessment, ...]:
        """The promises in that state."""
        return tuple(found for found in self.assessments if found.state is state)
