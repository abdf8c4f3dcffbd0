"""Kinds Hold, Suspension, Decommission and BackupRequest: what departs from the ordinary, with its reason."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from reconciler.policy.models.document import Selector
from reconciler.units.direction import Direction, Presence
from reconciler.units.instants import Day, Instant
from reconciler.units.model import Strict
from reconciler.units.names import Name, PlainText

BackupId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8,64}$")]
SuspendedVerb = Literal["backup", "copy", "forget", "prune", "check"]


class HoldSpec(Strict):
    """Keep these backups whatever retention says: all of the selected assets, or those named."""

    select: Annotated[Selector, Direction.SOLID] = Field(default_factory=Selector)
    backups: Annotated[tuple[BackupId, ...], Direction.SOLID] = ()
    before: Annotated[Instant | None, Direction.SOLID] = None
    reason: Annotated[PlainText, Direction.NEUTRAL]
    expires: Annotated[Day, Direction.LARGER]


class SuspensionSpec(Strict):
    """Stops actions, never assessments; it must end."""

    select: Annotated[Selector, Direction.SOLID, Presence.NEW_LOWERS] = Field(default_factory=Selector)
    actions: Annotated[tuple[SuspendedVerb, ...], Field(min_length=1), Direction.SPARES, Presence.NEW_LOWERS]
    reason: Annotated[PlainText, Direction.NEUTRAL]
    expires: Annotated[Instant, Direction.SMALLER, Presence.NEW_LOWERS]


class DecommissionSpec(Strict):
    """The only way in which an asset's backups end."""

    asset: Annotated[Name, Direction.SOLID, Presence.NEW_LOWERS]
    last: Annotated[Day, Direction.LARGER, Presence.NEW_LOWERS]
    owner: Annotated[Name, Direction.NEUTRAL]
    reason: Annotated[PlainText, Direction.NEUTRAL]


class BackupRequestSpec(Strict):
    """One backup, asked for in a pull request, done exactly once per name."""

    asset: Annotated[Name, Direction.SOLID]
    reason: Annotated[PlainText, Direction.NEUTRAL]
    keep_until: Annotated[Day | None, Direction.LARGER] = None
