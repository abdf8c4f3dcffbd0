"""Each repository of this host: it answers, is the pinned one, has lost nothing, and who works on it."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors import ReconcilerError
from reconciler.execution.board import QuietBoard
from reconciler.execution.observe import Look
from reconciler.execution.opening import open_repository
from reconciler.observed.facts import Reach, RepositoryFacts
from reconciler.operations.doctoring.finding import Finding, error, ok, warning
from reconciler.operations.doctoring.scene import Scene
from reconciler.operations.handing import hands_of
from reconciler.operations.observing import look_at_all
from reconciler.operations.policy_state import PolicyState
from reconciler.views.plurals import counted


def repository_findings(scene: Scene) -> Iterator[Finding]:
    """Looks at each of them thoroughly, side by side."""
    if scene.policy is None:
        return
    hands = hands_of(scene.desk, scene.policy, PolicyState(scene.policy, scene.facts), QuietBoard())
    looks = look_at_all(hands, scene.repositories, thorough=True)
    observed = scene.desk.catalog.facts(scene.policy, scene.desk.clock.now())
    for name, seen in looks.items():
        yield _reached(name, seen)
        yield from _lost(observed.repository(name))


def lane_findings(scene: Scene) -> Iterator[Finding]:
    """Who holds a repository's lane."""
    for name in scene.repositories:
        for holder in scene.desk.lanes.holders(name):
            yield ok(f"repository {name}", f"in use ({holder.mode}): {holder}")


def passphrase_findings(scene: Scene) -> Iterator[Finding]:
    """The passphrase of each can be read by nobody else, and a second copy of it is kept somewhere."""
    confirmed = scene.desk.catalog.escrow()
    for name, spec in scene.repositories.items():
        check = f"passphrase of {name}"
        try:
            open_repository(name, spec, scene.desk.environment)
        except ReconcilerError as found:
            yield error(check, found.what, found.remedy)
        if name in confirmed:
            kept = confirmed[name]
            yield ok(check, f"second copy: {kept.entry.place} ({kept.entry.by}, {kept.at:%Y-%m-%d})")
        else:
            remedy = f'keep one away from this machine, then: reconciler doctor --confirm-escrow {name} --place "…"'
            yield warning(check, "nobody has confirmed a second copy of it", remedy)


def _reached(name: str, seen: Look) -> Finding:
    check = f"repository {name}"
    if seen.reach is Reach.READY:
        return ok(check, "answers, its id is the pinned one")
    if seen.reach is Reach.NEVER_SEEN:
        return warning(check, "is not made yet", "the first pass makes it: reconciler reconcile")
    if seen.error is None:
        return error(check, seen.reach.value, f"reconciler describe repository/{name}")
    return error(check, seen.error.what, seen.error.remedy or f"reconciler describe repository/{name}")


def _lost(facts: RepositoryFacts) -> Iterator[Finding]:
    check = f"repository {facts.name}"
    if facts.vanished:
        what = f"{counted(len(facts.vanished), 'backup')} gone that nobody here deleted, so nothing is deleted there"
        remedy = f'find out who did, then: reconciler doctor --accept-vanished {facts.name} --reason "…"'
        yield error(check, what, remedy)
    if facts.damaged:
        what = f"{counted(len(facts.damaged), 'snapshot file')} damaged: {', '.join(i[:12] for i in facts.damaged[:3])}"
        yield error(check, what, "restic check says more; restic repair snapshots --forget removes what is broken")
    if not facts.check_sound:
        yield error(check, f"its last check found damage: {facts.check_message}", "restic check says what to repair")
