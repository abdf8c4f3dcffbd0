"""Kind Tier: the promises that assets of one importance share, and how each may be overridden."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from reconciler.units.direction import Direction
from reconciler.units.durations import Duration
from reconciler.units.model import Strict
from reconciler.units.names import Name
from reconciler.units.scalars import Count


class Copies(Strict):
    """3-2-1: how many copies (the live data is the first), on how many media, how many off the site."""

    minimum: Annotated[Count, Direction.LARGER] = 2
    media: Annotated[Count, Direction.LARGER] = 1
    offsite: Annotated[Count, Direction.LARGER] = 0


class Cadence(Strict):
    """How often something is proven."""

    every: Annotated[Duration, Direction.SMALLER]


class Proof(Strict):
    """How often every byte is read back, a backup restored and compared, a drill held."""

    read_all: Annotated[Duration | None, Direction.SMALLER] = None
    restore: Annotated[Cadence | None, Direction.NESTED] = None
    drill: Annotated[Cadence | None, Direction.NESTED] = None


Encryption = Literal["required", "optional"]


class TierSpec(Strict):
    """RPO, RTO, retention, copies and proofs."""

    rpo: Annotated[Duration, Direction.SMALLER]
    rto: Annotated[Duration, Direction.SMALLER]
    retention: Annotated[Name, Direction.NESTED]
    copies: Annotated[Copies, Direction.NESTED] = Copies()
    proof: Annotated[Proof, Direction.NESTED] = Proof()
    initial_within: Annotated[Duration, Direction.SMALLER] = timedelta(days=7)
    encryption: Annotated[Encryption, Direction.SOLID] = "required"


class TierOverrides(Strict):
    """The same values in an asset: what is given there replaces the tier's, key by key in copies and proof."""

    rpo: Annotated[Duration | None, Direction.SMALLER] = None
    rto: Annotated[Duration | None, Direction.SMALLER] = None
    retention: Annotated[Name | None, Direction.NESTED] = None
    copies: Annotated[Copies | None, Direction.NESTED] = None
    proof: Annotated[Proof | None, Direction.NESTED] = None
    initial_within: Annotated[Duration | None, Direction.SMALLER] = None
    encryption: Annotated[Encryption | None, Direction.SOLID] = None
