"""Kind Policy: names the policy and sets what holds everywhere; there is exactly one."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from reconciler.policy.models.tier import Cadence
from reconciler.units.direction import Direction
from reconciler.units.model import Strict
from reconciler.units.names import HostName, Name, ZoneName

PublicKey = Annotated[str, StringConstraints(pattern=r"^ssh-ed25519 [A-Za-z0-9+/=]+( [\w.@-]+)?$")]


class Approver(Strict):
    """Someone whose signature approves."""

    contact: Name
    key: PublicKey


class PolicySpec(Strict):
    """The defaults and the people with the right to approve."""

    default_host: Annotated[HostName | None, Direction.SOLID] = None
    time_zone: Annotated[ZoneName, Direction.SOLID] = "UTC"
    approvers: Annotated[tuple[Approver, ...], Direction.SOLID] = ()
    review: Annotated[Cadence | None, Direction.NESTED] = None
