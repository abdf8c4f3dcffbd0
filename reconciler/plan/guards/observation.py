"""Observation: nothing is deleted where the repository is not known completely, or something is missing."""

from __future__ import annotations

from reconciler.observed.reason import Reason
from reconciler.plan.context import Context
from reconciler.plan.guards.stops import Deletion, Stop
from reconciler.plan.plan import Blocked

NAME = "observation"


def guard(action: Deletion, context: Context) -> Blocked | None:
    """Stops deletions in a repository that is not ready, has another id, is known to be damaged, or lacks backups
    that nobody deleted."""
    name = action.repository
    facts = context.observed.repository(name)
    if facts.pinned and facts.seen and facts.pinned != facts.seen:
        reason = Reason.of(Stop.REPOSITORY_CHANGED, repository=name, pinned=facts.pinned, seen=facts.seen)
        return Blocked(NAME, reason, f"bring the repository {name} back, or give it a new name in the policy")
    if not facts.ready:
        reason = Reason.of(
            Stop.REPOSITORY_NOT_READY, repository=name, reach=facts.reach.value, error=facts.code or None
        )
        return Blocked(NAME, reason, f"make the repository {name} answer again; 'reconciler doctor' says what is wrong")
    if facts.pinned is None and context.observed.journal_lost:
        reason = Reason.of(Stop.REPOSITORY_UNPINNED, repository=name, seen=facts.seen)
        lift = f"vouch for it in the host settings: trust.repositories.{name}: {facts.seen or 'ID'}"
        return Blocked(NAME, reason, lift)
    if facts.vanished:
        reason = Reason.of(Stop.BACKUPS_VANISHED, repository=name, ids=facts.vanished)
        return Blocked(NAME, reason, f"find out who deleted them, then: reconciler doctor --accept-vanished {name}")
    if facts.damaged:
        reason = Reason.of(Stop.BACKUPS_DAMAGED, repository=name, ids=facts.damaged)
        return Blocked(NAME, reason, f"repair the repository {name}, as 'reconciler describe repository/{name}' says")
    if not facts.check_sound:
        # New backups build on what is stored, so they may be broken while those that would go for them are whole.
        reason = Reason.of(
            Stop.CHECK_UNSOUND, repository=name, checked_at=facts.checked_at, message=facts.check_message or None
        )
        return Blocked(NAME, reason, f"repair the repository {name}; the check that comes daily then lifts this")
    return None
