"""Runbook: an asset's page matches the policy, knows of bad backups, and is not older than a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from reconciler.obligations.actions import Render
from reconciler.obligations.assessment import Assessment, Promise, State
from reconciler.obligations.codes import Code
from reconciler.obligations.waiting import first_after
from reconciler.observed.facts import Observed
from reconciler.observed.reason import Reason
from reconciler.units.instants import NEVER

RENDERED_EVERY = timedelta(days=1)
TOO_OLD = timedelta(days=2)
BEGINNING = datetime.min.replace(tzinfo=NEVER.tzinfo)


@dataclass(frozen=True, slots=True)
class Runbook:
    """``fingerprint`` names what the page is rendered from; ``repositories`` say since when it is wanted."""

    asset: str
    fingerprint: str
    repositories: tuple[str, ...] = ()

    @property
    def promise(self) -> Promise:
        """Its identity."""
        return Promise("runbook", self.asset)


def assess(runbook: Runbook, observed: Observed, now: datetime) -> Assessment:
    """Render the page when the policy changed, when a newer backup is no good, and once a day."""
    page = observed.pages.get(runbook.asset)
    if page is None:
        wanted = (observed.placement(runbook.asset, name).wanted_since for name in runbook.repositories)
        since = min((instant for instant in wanted if instant), default=None)
        return _render(runbook, State.DUE, Reason.of(Code.PAGE_MISSING), since, NEVER)
    daily, old = page.rendered_at + RENDERED_EVERY, page.rendered_at + TOO_OLD
    if now >= old:
        return _render(runbook, State.BREACHED, Reason.of(Code.PAGE_OLD, rendered_at=page.rendered_at), old, NEVER)
    if page.fingerprint != runbook.fingerprint:
        reason = Reason.of(Code.PAGE_OUTDATED, rendered_at=page.rendered_at)
        return _render(runbook, State.DUE, reason, page.rendered_at, old)
    if now >= daily:
        return _render(runbook, State.DUE, Reason.of(Code.PAGE_DAILY, rendered_at=page.rendered_at), daily, old)
    bad = _bad_since(runbook, observed, page.rendered_at)
    if any(time <= now for time in bad):
        reason = Reason.of(Code.PAGE_OUTDATED, rendered_at=page.rendered_at)
        return _render(runbook, State.DUE, reason, page.rendered_at, min(daily, first_after(now, *bad)))
    reason = Reason.of(Code.PAGE_CURRENT, rendered_at=page.rendered_at)
    return Assessment(runbook.promise, State.MET, reason, page.rendered_at, min(daily, first_after(now, *bad)))


def _bad_since(runbook: Runbook, observed: Observed, rendered_at: datetime) -> list[datetime]:
    """When backups were taken that the page would send people to, though they are known not to be good."""
    places = (observed.placement(runbook.asset, name).backups for name in runbook.repositories)
    newer = (takewhile(lambda backup: backup.time > rendered_at, backups) for backups in places)
    return [backup.time for backups in newer for backup in backups if not backup.countable]


def _render(runbook: Runbook, state: State, reason: Reason, since: datetime | None, until: datetime) -> Assessment:
    action = Render(runbook.asset, reason, since or BEGINNING)
    return Assessment(runbook.promise, state, reason, since, until, (action,))
