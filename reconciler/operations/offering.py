"""What was shown can be approved for seven days: each checksum with its lines goes into the journal."""

from __future__ import annotations

from datetime import timedelta

from reconciler.observed.entries import Entry, Offered
from reconciler.operations.desk import Desk
from reconciler.operations.policy_state import PolicyState
from reconciler.plan.plan import Plan
from reconciler.policy.approval import is_outdated

_REFRESH = timedelta(days=1)


def record_offers(desk: Desk, plan: Plan | None, state: PolicyState) -> None:
    """Journal every checksum that this plan shows; one shown today and not used since is not written again."""
    now, consumed = desk.clock.now(), desk.catalog.consumed()
    known = {
        offer.entry.checksum
        for offer in desk.catalog.offers(now)
        if now - offer.at < _REFRESH and not is_outdated(offer.entry.lines, offer.at, consumed)
    }
    since = {block.checksum: block.since for block in state.facts.pending}
    shown: dict[str, Offered] = {}
    for waiting in state.waiting:
        if waiting.checksum:
            shown[waiting.checksum] = Offered(
                checksum=waiting.checksum,
                subject=waiting.block,
                lines=waiting.all_lines,
                since=since.get(waiting.checksum),
            )
    for planned in plan.blocked if plan else ():
        blocked = planned.blocked
        if blocked and blocked.checksum:
            subject = f"{planned.action.verb} blocked by {blocked.guard}"
            shown[blocked.checksum] = Offered(checksum=blocked.checksum, subject=subject, lines=blocked.lines)
    new: list[Entry] = [entry for checksum, entry in shown.items() if checksum not in known]
    if new:
        desk.catalog.record(new, now)
