"""What of the policy waits for approval, as the plan shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.observed.facts import PendingFacts
from reconciler.plan.plan import PendingLowering


def pending_lowerings(pending: Iterable[PendingFacts]) -> Iterator[PendingLowering]:
    """One for each line ``path from to``; lines of two words name backups that it lets go, not the policy."""
    for block in pending:
        for line in block.lines:
            words = line.split(" ")
            if len(words) > 2:
                lift = approve(block.checksum)
                yield PendingLowering(words[0], words[1], " ".join(words[2:]), lift, block.checksum)


def approve(checksum: str) -> str:
    """The command that approves a checksum on the host."""
    return f'reconciler approve {checksum} --reason "…"'
