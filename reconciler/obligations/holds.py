"""Holds as retention takes them: which backups stay whatever the rules say, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from reconciler.observed.backup import Backup
from reconciler.policy.models.exceptions import HoldSpec
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.policy.schedule.localtime import localise
from reconciler.policy.selection import selects
from reconciler.units.instants import NEVER


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold that means this asset: the backups that it names, or all; those captured before an instant, or all."""

    name: str
    ends: datetime
    backups: tuple[str, ...] = ()
    before: datetime | None = None

    def keeps(self, backup: Backup) -> bool:
        """Whether the backup is meant, by its own id or its lineage, whole or their beginnings."""
        if self.before is not None and backup.time >= self.before:
            return False
        return not self.backups or backup.id.startswith(self.backups) or backup.lineage.startswith(self.backups)


def day_after(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which that date is over on the zone's clock."""
    if day == date.max:
        return NEVER
    return localise(datetime.combine(day + timedelta(days=1), time()), zone)


def holds_of(policy: ResolvedPolicy, asset: str) -> tuple[Hold, ...]:
    """The holds that mean an asset, be it in the policy or not any more."""
    zone = ZoneInfo(policy.settings.time_zone)
    return tuple(
        Hold(name, day_after(spec.expires, zone), spec.backups, spec.before)
        for name, spec in policy.holds.items()
        if _means(spec, policy, asset)
    )


def held_by(holds: Iterable[Hold], backups: Iterable[Backup], now: datetime) -> Mapping[str, str]:
    """The ids of the backups that are held now, each with the name of its hold."""
    in_force = [hold for hold in holds if now < hold.ends]
    if not in_force:
        return {}
    return {backup.id: hold.name for backup in backups for hold in reversed(in_force) if hold.keeps(backup)}


def _means(spec: HoldSpec, policy: ResolvedPolicy, asset: str) -> bool:
    known = policy.assets.get(asset)
    if known is not None:
        return selects(spec.select, known)
    # An asset that left the policy has no tier, label or host to select by any more: rather keep too much.
    return not spec.select.assets or asset in spec.select.assets
