"""What of the policy waits for approval, as the plan shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.observed.facts import PendingFacts
from reconciler.plan.plan import PendingLowering
from reconciler.policy.approval import short


def pending_lowerings(pending: Iterable[PendingFacts]) -> Iterator[PendingLowering]:
    """One for each line ``path from to``; lines of two words name backups that it lets go, not the policy."""
    for block in pending:
        for line in block.lines:
            words = line.split(" ")
            if len(words) > 2:
                lift = f'reconciler approve {short(block.checksum)} --reason "…"'
                yield PendingLowering(words[0], words[1], " ".join(words[2:]), lift, block.checksum)
