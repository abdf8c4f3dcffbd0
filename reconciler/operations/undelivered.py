"""What is told and reaches nobody."""

from __future__ import annotations

from reconciler.operations.desk import Desk
from reconciler.policy.resolved import ResolvedPolicy

HEARTBEAT = "heartbeat"
"""Where the catalog keeps why the heartbeat does not arrive."""


def undelivered(desk: Desk, policy: ResolvedPolicy) -> tuple[str, ...]:
    """A line for each alert, and for the heartbeat, that does not reach anybody, or not everybody."""
    lines = []
    for (alert, _key), said in sorted(desk.catalog.alerted().items()):
        if said.error and alert in policy.alerts:
            what = "reached only some" if said.delivered else "cannot be delivered"
            lines.append(f"alert {alert} {what}: {said.error}")
    silent = desk.catalog.recall(HEARTBEAT) if desk.settings.heartbeat else None
    lines += [f"the heartbeat does not arrive: {silent}"] if silent else []
    return tuple(dict.fromkeys(lines))
