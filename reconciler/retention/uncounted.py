"""What becomes of backups that do not count: they never evict, and leave only when a better one followed."""

from __future__ import annotations

from datetime import datetime, timedelta

from reconciler.observed.backup import SKEW, Backup, Verdict
from reconciler.retention.reasons import Code, Reason

UNCOUNTED_FOR = timedelta(days=14)
"""An uncounted backup expires at this age, if a later counted one exists."""

_UNKNOWN = Reason(Code.UNKNOWN)
_FUTURE = Reason(Code.FUTURE)


def doubt(backup: Backup, newest: datetime | None, now: datetime) -> Reason | None:
    """Why an uncounted backup stays; None when it expired. ``newest`` is the newest counted one's time."""
    if backup.in_future(now):
        return _FUTURE
    if _is_unknown(backup):
        return _UNKNOWN
    if newest is None or newest <= backup.time or now < backup.time + UNCOUNTED_FOR:
        return Reason(Code.UNCOUNTED, _lacking(backup))
    return None


def expiry(backup: Backup) -> Reason:
    """Why an expired backup goes."""
    return Reason(Code.EXPIRED, _lacking(backup))


def turns_at(backup: Backup, newest: datetime | None, now: datetime) -> datetime | None:
    """When time alone makes something else of an uncounted backup; None when it never will."""
    if backup.in_future(now):
        return backup.time - SKEW
    expires = backup.time + UNCOUNTED_FOR
    waiting = newest is not None and backup.time < newest and now < expires
    return expires if waiting and not _is_unknown(backup) else None


def _is_unknown(backup: Backup) -> bool:
    return backup.verdict is Verdict.UNKNOWN and not backup.adopted


def _lacking(backup: Backup) -> str:
    """What keeps a backup from being counted."""
    if backup.invalidated:
        return "invalidated"
    wrong = ["degraded"] if backup.verdict is Verdict.DEGRADED else []
    return " and ".join([*wrong, "suspicious"] if backup.suspicious else wrong)
