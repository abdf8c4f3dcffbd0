"""Cron lines, the gaps they leave, recurrences, and exceptions that are over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from reconciler.policy.checks.finding import Finding
from reconciler.policy.checks.recurrence import wrong_recurrence
from reconciler.policy.documents import Severity
from reconciler.policy.models.asset import Schedule
from reconciler.policy.models.document import Window
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.policy.schedule import largest_gap, valid_cron
from reconciler.policy.yamltext.spots import Path
from reconciler.units.durations import format_duration

NO_RPO = timedelta.max


def cron_lines(policy: ResolvedPolicy) -> Iterator[Finding]:
    """Every cron line is one."""
    for kind, name, path, line in _lines(policy):
        wrong = valid_cron(line)
        if wrong:
            yield Finding(kind, name, path, "cron", wrong)


def _lines(policy: ResolvedPolicy) -> Iterator[tuple[str, str, Path, str]]:
    for asset in policy.assets.values():
        if asset.schedule.cron:
            yield "Asset", asset.name, ("spec", "schedule", "cron"), asset.schedule.cron
        yield from _window("Asset", asset.name, ("spec", "schedule"), asset.schedule.window)
    for name, spec in policy.repositories.items():
        yield from _window("Repository", name, ("spec", "checks"), spec.checks.window)
        yield from _window("Repository", name, ("spec", "maintenance"), spec.maintenance.window)


def _window(kind: str, name: str, path: Path, window: Window | None) -> Iterator[tuple[str, str, Path, str]]:
    if window:
        yield kind, name, (*path, "window", "cron"), window.cron


def schedule_gaps(policy: ResolvedPolicy) -> Iterator[Finding]:
    """A schedule whose longest gap leaves no time for the backup breaks its own RPO."""
    zone = ZoneInfo(policy.settings.time_zone)
    for asset in policy.assets.values():
        line = _line_of(asset.schedule)
        if line is None or valid_cron(line):
            continue
        gap = largest_gap(line, zone)
        # Where everything is a copy there is none, and the checks of copies say so.
        rpo = min((placement.rpo for placement in asset.placements if placement.copy_of is None), default=NO_RPO)
        if gap >= rpo:
            message = (
                f"the schedule '{line}' leaves up to {format_duration(gap)} between two backups (in "
                f"{policy.settings.time_zone}, changes of the clock included), and the RPO is "
                f"{format_duration(rpo)}; back up more often"
            )
            yield Finding("Asset", asset.name, ("spec", "schedule"), "schedule-gap", message, Severity.WARNING)


def _line_of(schedule: Schedule) -> str | None:
    return schedule.cron or (schedule.window.cron if schedule.window else None)


def recurrences(policy: ResolvedPolicy) -> Iterator[Finding]:
    """Every drill's recurrence is one, and comes."""
    for name, calendar in policy.calendars.items():
        wrong = wrong_recurrence(calendar.recurrence, calendar.start)
        if wrong:
            yield Finding("DrillCalendar", name, ("spec", "recurrence"), "recurrence", wrong)


def expired_exceptions(policy: ResolvedPolicy, today: date) -> Iterator[Finding]:
    """A hold or suspension that is over does nothing any more."""
    for name, hold in policy.holds.items():
        if hold.expires < today:
            yield _expired("Hold", name, hold.expires)
    for name, suspension in policy.suspensions.items():
        # The instant is UTC and today is the policy's day: a day's grace spares a false alarm.
        if suspension.expires.date() < today - timedelta(days=1):
            yield _expired("Suspension", name, suspension.expires.date())


def _expired(kind: str, name: str, day: date) -> Finding:
    message = f"this {kind} expired on {day.isoformat()} and does nothing any more; remove it"
    return Finding(kind, name, ("spec", "expires"), f"{kind.lower()}-expired", message, Severity.WARNING)
