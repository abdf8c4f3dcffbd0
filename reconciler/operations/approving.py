"""Approve what was shown: the lift of a lowering or of a blocked deletion, kept in the journal with its reason."""

from __future__ import annotations

from reconciler.observed.entries import Approved
from reconciler.operations.desk import Desk
from reconciler.policy.approval import Approval, Offer, approve


def approve_offer(desk: Desk, prefix: str, reason: str, by: str) -> Approval:
    """Raises ApprovalUnknown when nothing with that checksum was shown in the last seven days."""
    now = desk.clock.now()
    offers = [
        Offer(found.entry.checksum, found.entry.lines, found.entry.subject, found.at)
        for found in desk.catalog.offers(now)
    ]
    approval = approve(offers, prefix, reason, by, now)
    entry = Approved(checksum=approval.checksum, lines=approval.lines, by=by, reason=approval.reason)
    desk.catalog.record([entry], now)
    return approval
