"""What guards, order and suspensions look at, beside the action itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.obligations.limits import Limits
from reconciler.observed.backup import Backup
from reconciler.observed.facts import Observed
from reconciler.policy.resolved import ResolvedPolicy


@dataclass(frozen=True, slots=True)
class Context:
    """The observed world, the enforced policy, the host's limits, and the instant of the plan."""

    observed: Observed
    policy: ResolvedPolicy
    limits: Limits
    now: datetime

    def backups(self, asset: str, repository: str) -> tuple[Backup, ...]:
        """Every backup of the asset in that repository, be it placed there or orphaned."""
        identity = self.policy.identity(asset)
        orphaned = (
            backup
            for orphan in self.observed.orphans
            if orphan.identity == identity and orphan.repository == repository
            for backup in orphan.backups
        )
        return (*self.observed.placement(asset, repository).backups, *orphaned)
