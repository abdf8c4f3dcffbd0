"""What every policy document has around its spec."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from reconciler.units.direction import Direction
from reconciler.units.durations import Duration
from reconciler.units.model import Strict
from reconciler.units.names import HostName, Label, Name, PlainText

API_VERSION: Literal["backup/v1"] = "backup/v1"


class Metadata(Strict):
    """The document's name, and labels to select by."""

    name: Name
    labels: Annotated[dict[Label, Label], Direction.NEUTRAL] = Field(default_factory=dict)
    description: Annotated[PlainText | None, Direction.NEUTRAL] = None


class Window(Strict):
    """Hours in which something may begin: each cron instant opens it, for ``duration``."""

    cron: Annotated[PlainText, Direction.NEUTRAL]
    duration: Annotated[Duration, Direction.NEUTRAL]


class Selector(Strict):
    """Which assets are meant; several conditions must all hold, an empty selector selects every asset."""

    assets: tuple[Name, ...] = ()
    tier: Name | None = None
    labels: dict[Label, Label] = Field(default_factory=dict)
    host: HostName | None = None
    repositories: tuple[Name, ...] = ()
