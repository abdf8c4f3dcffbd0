"""The table of kinds: the word in ``kind:`` and the model of its spec."""

from __future__ import annotations

from reconciler.policy.models.asset import AssetSpec
from reconciler.policy.models.calendar import DrillCalendarSpec
from reconciler.policy.models.exceptions import BackupRequestSpec, DecommissionSpec, HoldSpec, SuspensionSpec
from reconciler.policy.models.people import AlertSpec, ContactSpec
from reconciler.policy.models.policy import PolicySpec
from reconciler.policy.models.repository import RepositorySpec
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.models.tier import TierSpec
from reconciler.units.model import Strict

KINDS: dict[str, type[Strict]] = {
    "Policy": PolicySpec,
    "Tier": TierSpec,
    "Retention": RetentionSpec,
    "Repository": RepositorySpec,
    "Asset": AssetSpec,
    "Contact": ContactSpec,
    "Alert": AlertSpec,
    "DrillCalendar": DrillCalendarSpec,
    "BackupRequest": BackupRequestSpec,
    "Hold": HoldSpec,
    "Suspension": SuspensionSpec,
    "Decommission": DecommissionSpec,
}
