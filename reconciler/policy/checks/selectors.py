"""Selectors that select, and drills that are demanded and held."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.policy.checks.finding import Finding
from reconciler.policy.documents import Severity
from reconciler.policy.models.document import Selector
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.policy.selection import is_narrowed, selects
from reconciler.units.durations import format_duration


def empty_selections(policy: ResolvedPolicy) -> Iterator[Finding]:
    """A selector that means nobody does nothing, which is seldom what was meant."""
    for kind, name, selector in _selectors(policy):
        ended = {spec.asset for spec in policy.decommissions.values()}
        if not is_narrowed(selector) or ended & set(selector.assets):
            continue
        if not any(selects(selector, asset) for asset in policy.assets.values()):
            message = f"this {kind} selects no asset"
            yield Finding(kind, name, ("spec", "select"), "selects-nothing", message, Severity.WARNING)


def _selectors(policy: ResolvedPolicy) -> Iterator[tuple[str, str, Selector]]:
    yield from (("Alert", name, spec.select) for name, spec in policy.alerts.items())
    yield from (("DrillCalendar", name, spec.select) for name, spec in policy.calendars.items())
    yield from (("Hold", name, spec.select) for name, spec in policy.holds.items())
    yield from (("Suspension", name, spec.select) for name, spec in policy.suspensions.items())


def drills_held(policy: ResolvedPolicy) -> Iterator[Finding]:
    """Each asset that is to be drilled is in some calendar."""
    for asset in policy.assets.values():
        drill = asset.proof.drill
        calendars = policy.calendars.values()
        if drill and not any(selects(calendar.select, asset) for calendar in calendars):
            message = (
                f"a drill every {format_duration(drill.every)} is demanded, and no DrillCalendar selects "
                f"{asset.name}; add it to one"
            )
            # A warning: an asset is backed up at once, even while its calendar waits for approval.
            where = ("spec", "tier")
            yield Finding("Asset", asset.name, where, "drill-without-calendar", message, Severity.WARNING)
