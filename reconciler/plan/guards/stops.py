"""What guards speak in: the deletions that they judge, their codes, and the block that they put on one."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from reconciler.obligations.actions import Chosen, Forget, Mark, Prune
from reconciler.policy.approval import checksum, deletion_line, short

Deletion = Mark | Forget | Prune


class Stop(StrEnum):
    """The codes of blocks, with their parameters."""

    REPOSITORY_NOT_READY = "repository-not-ready"  # repository, reach, error?
    REPOSITORY_CHANGED = "repository-changed"  # repository, pinned, seen
    REPOSITORY_UNPINNED = "repository-unpinned"  # repository, seen
    BACKUPS_VANISHED = "backups-vanished"  # repository, ids
    BACKUPS_DAMAGED = "backups-damaged"  # repository, ids
    CHECK_UNSOUND = "check-unsound"  # repository, checked_at, message?
    SUSPICIOUS_NEWER = "suspicious-newer"  # asset, repository, backup, time
    CLOCK_BEHIND = "clock-behind"  # newest_entry
    CLOCK_JUMPED = "clock-jumped"  # by
    CREDIT_SPENT = "credit-spent"  # asset, repository, credit, count
    HELD = "held"  # hold, count
    ORPHANED = "orphaned"  # asset, repository, count
    NOT_APPROVED = "not-approved"  # asset, repository, count


def lines_of(repository: str, backups: Iterable[Chosen]) -> tuple[str, ...]:
    """The lines that an approval of these deletions names."""
    return tuple(sorted(deletion_line(repository, backup.id) for backup in backups))


def approve(lines: Iterable[str]) -> str:
    """The command that approves these lines on the host."""
    return f'reconciler approve {short(checksum(lines))} --reason "…"'
