"""The policy resolved: tiers, retentions and overrides folded into each asset; what the loop works from.

This is also the form in which the journal keeps the enforced policy, and in which two policies are compared.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from reconciler.kinds.source import Source
from reconciler.policy.models.asset import Adopt, Expect, Schedule, Tolerate, Verify
from reconciler.policy.models.calendar import DrillCalendarSpec
from reconciler.policy.models.exceptions import BackupRequestSpec, DecommissionSpec, HoldSpec, SuspensionSpec
from reconciler.policy.models.people import AlertSpec, ContactSpec
from reconciler.policy.models.policy import PolicySpec
from reconciler.policy.models.repository import RepositorySpec
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.models.tier import Copies, Encryption, Proof
from reconciler.units.direction import Direction, Presence
from reconciler.units.durations import Duration
from reconciler.units.model import Strict
from reconciler.units.names import HostName, Label, Name, PlainText


class ResolvedPlacement(Strict):
    """An asset in a repository, with its own RPO and retention."""

    repository: Annotated[Name, Direction.SOLID]
    copy_of: Annotated[Name | None, Direction.SOLID] = None
    rpo: Annotated[Duration, Direction.SMALLER]
    retention: Annotated[RetentionSpec, Direction.NESTED]
    copy_lag: Annotated[Duration, Direction.LARGER] = timedelta(days=7)


class ResolvedAsset(Strict):
    """An asset with everything that its tier says folded in. ``placements`` begin with the originals."""

    name: Annotated[Name, Direction.SOLID]
    labels: Annotated[dict[Label, Label], Direction.NEUTRAL] = Field(default_factory=dict)
    description: Annotated[PlainText | None, Direction.NEUTRAL] = None
    owner: Annotated[Name, Direction.NEUTRAL]
    host: Annotated[HostName, Direction.SOLID]
    tier: Annotated[Name, Direction.NEUTRAL]
    rpo: Annotated[Duration, Direction.SMALLER]
    rto: Annotated[Duration, Direction.SMALLER]
    copies: Annotated[Copies, Direction.NESTED]
    proof: Annotated[Proof, Direction.NESTED]
    initial_within: Annotated[Duration, Direction.SMALLER]
    encryption: Annotated[Encryption, Direction.SOLID]
    source: Annotated[Source, Direction.NESTED]
    placements: Annotated[tuple[ResolvedPlacement, ...], Direction.NESTED]
    schedule: Annotated[Schedule, Direction.NEUTRAL] = Schedule()
    depends_on: Annotated[tuple[Name, ...], Direction.NEUTRAL] = ()
    expect: Annotated[Expect, Direction.NESTED] = Expect()
    tolerate: Annotated[Tolerate, Direction.NESTED] = Tolerate()
    adopt: Annotated[Adopt | None, Direction.SOLID, Presence.NEW_LOWERS] = None
    verify: Annotated[tuple[Verify, ...], Direction.KEEPS] = ()
    notes: Annotated[PlainText | None, Direction.NEUTRAL] = None

    def placement(self, repository: str) -> ResolvedPlacement:
        """The placement in that repository; KeyError when there is none."""
        for found in self.placements:
            if found.repository == repository:
                return found
        raise KeyError(repository)


class ResolvedPolicy(Strict):
    """Every block of a policy, by name."""

    name: Name
    settings: PolicySpec
    repositories: dict[Name, RepositorySpec] = Field(default_factory=dict)
    assets: dict[Name, ResolvedAsset] = Field(default_factory=dict)
    contacts: dict[Name, ContactSpec] = Field(default_factory=dict)
    alerts: dict[Name, AlertSpec] = Field(default_factory=dict)
    calendars: dict[Name, DrillCalendarSpec] = Field(default_factory=dict)
    requests: dict[Name, BackupRequestSpec] = Field(default_factory=dict)
    holds: dict[Name, HoldSpec] = Field(default_factory=dict)
    suspensions: dict[Name, SuspensionSpec] = Field(default_factory=dict)
    decommissions: dict[Name, DecommissionSpec] = Field(default_factory=dict)

    def identity(self, asset: str) -> str:
        """The identity tag's value on every snapshot of that asset: ``policy/asset``."""
        return f"{self.name}/{asset}"

    def places(self, asset: str, repository: str) -> bool:
        """Whether the asset is to lie in that repository."""
        found = self.assets.get(asset)
        return found is not None and any(place.repository == repository for place in found.placements)
