"""What guards, order and suspensions look at, beside the action itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from reconciler.obligations.limits import Limits
from reconciler.observed.facts import Observed
from reconciler.policy.resolved import ResolvedPolicy


@dataclass(frozen=True, slots=True)
class Context:
    """The observed world, the enforced policy, the host's limits, and the instant of the plan."""

    observed: Observed
    policy: ResolvedPolicy
    limits: Limits
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The policy's zone, in which dates begin and end."""
        return ZoneInfo(self.policy.settings.time_zone)
