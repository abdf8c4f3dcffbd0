"""Approve what was shown: the lift of a lowering or of a blocked deletion, kept in the journal with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from reconciler.observed.entries import Approved
from reconciler.observed.facts import Observed
from reconciler.operations.desk import Desk
from reconciler.plan.lowerings import let_go, parted
from reconciler.plan.plan import LetGo
from reconciler.policy.approval import Approval, Offer, approve
from reconciler.policy.compare import Lowering
from reconciler.views.sentences import Reader


@dataclass(frozen=True, slots=True)
class Covered:
    """What an approval covers: lines of the policy, and backups with what is known of them."""

    lines: tuple[Lowering, ...]
    backups: tuple[LetGo, ...]


def approve_offer(desk: Desk, prefix: str, reason: str, by: str) -> Approval:
    """Raises ApprovalUnknown when nothing with that checksum was shown in the last seven days."""
    now = desk.clock.now()
    offers = [
        Offer(found.entry.checksum, found.entry.lines, found.entry.subject, found.at)
        for found in desk.catalog.offers(now)
    ]
    approval = approve(offers, prefix, reason, by, now, desk.catalog.consumed())
    entry = Approved(checksum=approval.checksum, lines=approval.lines, by=by, reason=approval.reason)
    desk.catalog.record([entry], now)
    return approval


def covered_by(desk: Desk, approval: Approval) -> tuple[Covered, Reader]:
    """What the approval covers, and who reads it: now, in the zone of the policy in force."""
    now, stored = desk.clock.now(), desk.catalog.enforced()
    observed = desk.catalog.facts(stored[1], now) if stored else Observed()
    lines, named = parted(approval.lines)
    zone = ZoneInfo(stored[1].settings.time_zone if stored else "UTC")
    return Covered(tuple(lines), let_go(named, observed)), Reader(now, zone)
