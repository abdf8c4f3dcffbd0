"""Kind Asset: what is protected, on which host, how it is captured and where its backups land."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from reconciler.kinds.source import Source
from reconciler.policy.models.document import Window
from reconciler.policy.models.tier import TierOverrides
from reconciler.units.direction import Direction, Presence
from reconciler.units.durations import Duration
from reconciler.units.model import Strict
from reconciler.units.names import AbsolutePath, HostName, Name, PlainText
from reconciler.units.scalars import Count, Flag
from reconciler.units.sizes import Share, Size


class Placement(Strict):
    """One repository where the asset's backups land, straight or as a copy of another's."""

    name: Name
    copy_of: Annotated[Name | None, Direction.SOLID] = None
    rpo: Annotated[Duration | None, Direction.SMALLER] = None
    retention: Annotated[Name | None, Direction.NESTED] = None
    copy_lag: Annotated[Duration | None, Direction.LARGER] = None


class Schedule(Strict):
    """When to back up: a cron line, or a window of preferred hours; ``spread`` moves assets apart."""

    cron: Annotated[PlainText | None, Direction.NEUTRAL] = None
    window: Annotated[Window | None, Direction.NEUTRAL] = None
    spread: Annotated[Duration | None, Direction.NEUTRAL] = None

    @model_validator(mode="after")
    def _cron_or_window(self) -> Self:
        if self.cron and self.window:
            raise ValueError("a schedule has cron or window, not both")
        return self


class Expect(Strict):
    """What a good backup looks like; ``accept`` names the lineage of a shrunken one that is right."""

    minimum_size: Annotated[Size | None, Direction.LARGER] = None
    maximum_shrink: Annotated[Share, Direction.SMALLER] = 0.5
    accept: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$"), Direction.SPARES, Presence.NEW_LOWERS] = None


class Tolerate(Strict):
    """How many unreadable files still make a complete backup."""

    unreadable: Annotated[Count, Direction.SMALLER] = 0


class Adopt(Strict):
    """Older snapshots to take over: made on ``host`` from exactly ``paths``, tagged or not."""

    host: Annotated[HostName, Direction.SOLID]
    paths: Annotated[tuple[AbsolutePath, ...], Field(min_length=1), Direction.SOLID]
    count: Annotated[Flag, Direction.SOLID] = False


class SqlCheck(Strict):
    """A query on the restored database, and the least number that it must give."""

    query: PlainText
    at_least: Count = 1


class FileCheck(Strict):
    """A path that must be there after a restore, with the least size."""

    path: AbsolutePath
    minimum_size: Size = 0


class Verify(Strict):
    """One look at what was brought back."""

    sql: SqlCheck | None = None
    file: FileCheck | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.sql is None) == (self.file is None):
            raise ValueError("name exactly one look: sql or file")
        return self


class AssetSpec(TierOverrides):
    """One asset; any value of its tier may be overridden here."""

    owner: Annotated[Name, Direction.NEUTRAL]
    host: Annotated[HostName | None, Direction.SOLID] = None
    tier: Annotated[Name, Direction.NESTED]
    source: Annotated[Source, Direction.NESTED]
    repositories: Annotated[tuple[Placement, ...], Field(min_length=1), Direction.NESTED]
    schedule: Annotated[Schedule | None, Direction.NEUTRAL] = None
    depends_on: Annotated[tuple[Name, ...], Direction.NEUTRAL] = ()
    expect: Annotated[Expect, Direction.NESTED] = Expect()
    tolerate: Annotated[Tolerate, Direction.NESTED] = Tolerate()
    adopt: Annotated[Adopt | None, Direction.SOLID, Presence.NEW_LOWERS] = None
    verify: Annotated[tuple[Verify, ...], Direction.KEEPS] = ()
    notes: Annotated[PlainText | None, Direction.NEUTRAL] = None


SPREAD = timedelta(minutes=5)
"""The default spread of a schedule: assets due at the same minute start within it."""
