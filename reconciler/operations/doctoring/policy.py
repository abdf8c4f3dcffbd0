"""The policy source answers, its head is enforced, nothing waits unseen."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.operations.desk import Desk
from reconciler.operations.doctoring.finding import Finding, error, ok, warning
from reconciler.operations.doctoring.scene import Scene


def source_findings(desk: Desk) -> Iterator[Finding]:
    """Fetches. Raises PolicySourceError."""
    desk.source.fetch()
    yield ok("policy source", f"{desk.settings.policy.url} answers, head {desk.source.head().id[:12]}")


def policy_findings(scene: Scene) -> Iterator[Finding]:
    """Why the head is not in force, and what waits for approval."""
    facts = scene.facts
    if facts.problem and not (scene.policy is None and not facts.head):
        yield error("policy", facts.problem, "mend it and commit; reconciler validate in a checkout says every error")
    elif scene.policy is None:
        yield warning("policy", "none is known here yet", "reconciler reconcile")
    elif not scene.begun:
        yield warning("policy", f"revision {(facts.head or '')[:12]} is not enforced yet", "reconciler reconcile")
    else:
        yield ok("policy", f"revision {(facts.applied or '')[:12]} is enforced")
    for block in facts.pending:
        yield warning(
            "policy", f"{block.block} waits for approval", "see what it lowers, and its checksum: reconciler plan"
        )
