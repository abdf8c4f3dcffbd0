"""Kind Repository: where backups land, what it stands on, who keeps it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from reconciler.kinds.secrets import SecretReference
from reconciler.policy.models.document import Window
from reconciler.policy.models.location import Location
from reconciler.units.direction import Direction, Presence
from reconciler.units.durations import Duration
from reconciler.units.model import Strict
from reconciler.units.names import HostName, Label, Name
from reconciler.units.scalars import Flag
from reconciler.units.sizes import Share, Size

Medium = Literal["disk", "nas", "cloud", "external"]


class Capacity(Strict):
    """How much it may hold where that cannot be measured, and the shares of free space that alarm."""

    size: Annotated[Size | None, Direction.NEUTRAL] = None
    warn_below: Annotated[Share, Direction.LARGER] = 0.2
    critical_below: Annotated[Share, Direction.LARGER] = 0.1


class Checks(Strict):
    """How often its structure is checked and every byte read back, and in which hours."""

    structure: Annotated[Duration, Direction.SMALLER] = timedelta(days=7)
    read_all: Annotated[Duration | None, Direction.SMALLER] = None
    window: Annotated[Window | None, Direction.NEUTRAL] = None


class Maintenance(Strict):
    """The hours in which space is reclaimed."""

    window: Annotated[Window | None, Direction.NEUTRAL] = None


class RepositorySpec(Strict):
    """One repository. ``keeper`` is the only host that forgets, prunes and checks there; ``none``: nobody."""

    engine: Annotated[Literal["restic"], Direction.SOLID] = "restic"
    location: Annotated[Location, Direction.SOLID, Presence.NEW_LOWERS]
    password_from: Annotated[SecretReference, Direction.SOLID, Presence.NEW_LOWERS]
    medium: Annotated[Medium, Direction.SOLID] = "disk"
    site: Annotated[Label, Direction.SOLID] = "here"
    offsite: Annotated[Flag, Direction.SOLID] = False
    failure_domain: Annotated[Label | None, Direction.SOLID] = None
    keeper: Annotated[HostName | None, Direction.SOLID] = None
    capacity: Annotated[Capacity, Direction.NESTED] = Field(default_factory=Capacity)
    checks: Annotated[Checks, Direction.NESTED] = Field(default_factory=Checks)
    maintenance: Annotated[Maintenance, Direction.NESTED] = Field(default_factory=Maintenance)
    escrow: Annotated[tuple[Name, ...], Direction.KEEPS] = ()

    @property
    def domain(self) -> str:
        """The failure domain: as given, else the host or device that it lies on."""
        if self.failure_domain:
            return self.failure_domain
        place = self.location
        remote = place.sftp or place.rest or place.s3
        if remote:
            return f"host {remote.host}"
        return f"disk of {self.keeper if self.keeper and self.keeper != 'none' else 'the host'}"
