"""A head that is in force as it stands: nothing is read or judged again until something that it rests on changes."""

from __future__ import annotations

from reconciler import __version__
from reconciler.errors import PolicySourceError
from reconciler.observed.facts import PolicyFacts
from reconciler.operations.desk import Desk
from reconciler.operations.policy_state import Ground, PolicyState, Settled

_KEY = "policy-settled"


def settled(desk: Desk) -> PolicyState | None:
    """The state of the policy, if all that it rests on is as it was in the pass before, or before the last stop."""
    try:
        ground = Ground(desk.source.head_id(), desk.catalog.policy_place, desk.clock.now().date())
    except PolicySourceError:
        return None
    if desk.settled is None and ground.place is not None and desk.catalog.recall(_KEY) == _spelled(desk, ground):
        desk.settled = _resumed(desk, ground)
    return desk.settled.state if desk.settled and desk.settled.rests_on == ground else None


def settle(desk: Desk, state: PolicyState) -> None:
    """Remember a state that the pass recorded, if there is nothing in it that waits or is in trouble."""
    facts, head = state.facts, state.facts.head
    desk.settled, text = None, ""
    if head is not None and not facts.problem and not facts.pending and head == facts.applied:
        ground = Ground(head, desk.catalog.policy_place, desk.clock.now().date())
        desk.settled = Settled(ground, state)
        # What is not read of the source has to be told again after a start.
        text = "" if facts.unread else _spelled(desk, ground)
    if (desk.catalog.recall(_KEY) or "") != text:
        desk.catalog.remember(_KEY, text)


def _resumed(desk: Desk, ground: Ground) -> Settled | None:
    stored = desk.catalog.enforced()
    if stored is None or stored[0] != ground.head:
        return None
    revision, policy = stored
    facts = PolicyFacts(head=revision, attempted=revision, applied=revision, approved=revision)
    return Settled(ground, PolicyState(policy, facts))


def _spelled(desk: Desk, ground: Ground) -> str:
    """With the digest of the journal's entry, since another journal may have the same places, and all that reads."""
    _, stamp = desk.catalog.journal.place(ground.place) or (0, None)
    return f"{ground.head} {stamp} {ground.day} {desk.settings.host} {__version__}"
