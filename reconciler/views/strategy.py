"""How an asset is protected, in the process's words: strategy, frequency, retention."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.resolved import ResolvedAsset, ResolvedPlacement, ResolvedPolicy
from reconciler.policy.schedule import slots_of
from reconciler.units.durations import format_duration


def strategy_of(asset: ResolvedAsset, place: ResolvedPlacement) -> str:
    """Full, incremental, or a copy."""
    if place.copy_of:
        return f"copy of {place.copy_of}"
    files = asset.source.files
    if files and files.full_every:
        return f"incremental, read in full every {format_duration(files.full_every)}"
    return "incremental (each backup restores alone)" if files else f"{asset.source.kind} dump"


def frequency_of(asset: ResolvedAsset, policy: ResolvedPolicy) -> str:
    """The cron line, the window, or the period that follows from the RPO."""
    schedule = asset.schedule
    if schedule.cron:
        return f"cron {schedule.cron}"
    if schedule.window:
        return f"in the window of cron {schedule.window.cron} for {format_duration(schedule.window.duration)}"
    zone = ZoneInfo(policy.settings.time_zone)
    return f"every {format_duration(slots_of(asset, asset.placements[0], zone, policy.name).period)}"


def retention_text(rules: RetentionSpec) -> str:
    """``daily 7, weekly 4, within 30d``."""
    parts = []
    for name in RetentionSpec.model_fields:
        value = getattr(rules, name)
        if value:
            parts.append(f"{name.replace('_', '-')} {'all' if value == -1 else value}")
    return ", ".join(parts)
