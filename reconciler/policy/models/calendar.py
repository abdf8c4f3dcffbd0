"""Kind DrillCalendar: when a disaster is rehearsed, which one, and with whom."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from reconciler.policy.models.document import Selector
from reconciler.units.direction import Direction
from reconciler.units.instants import Day
from reconciler.units.model import Strict
from reconciler.units.names import HostName, Label, Name, PlainText

Recurrence = Annotated[str, StringConstraints(pattern=r"^FREQ=[A-Z]+(;[A-Z]+=[A-Z0-9,+-]+)*$", max_length=200)]


class Lost(Strict):
    """What the scenario takes away; the drill may use only what remains."""

    hosts: tuple[HostName, ...] = ()
    sites: tuple[Label, ...] = ()
    repositories: tuple[Name, ...] = ()


class Scenario(Strict):
    """The disaster."""

    title: PlainText
    lost: Lost = Field(default_factory=Lost)


class DrillCalendarSpec(Strict):
    """``recurrence`` is an RFC 5545 RRULE in the policy's zone, counted from ``start``."""

    recurrence: Annotated[Recurrence, Direction.SOLID]
    start: Annotated[Day | None, Direction.NEUTRAL] = None
    scenario: Annotated[Scenario, Direction.SOLID]
    select: Annotated[Selector, Direction.SOLID]
    participants: Annotated[tuple[Name, ...], Direction.NEUTRAL] = ()
