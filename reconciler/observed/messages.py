"""What became of alerts: the last message about a thing that is not over, and what one more message makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.observed.entries import Notified

OVER = frozenset({"resolved", "closed"})
"""Events after which there is nothing left to tell: people heard that it is over, or need not hear it."""


@dataclass(frozen=True, slots=True)
class Alerted:
    """The last message: its event, when, whether it arrived, and what went wrong.

    ``failures`` messages in a row did not arrive; ``told_since`` the first that did since it began, ``told_at``
    the last one.
    """

    event: str
    at: datetime
    delivered: bool
    error: str = ""
    failures: int = 0
    told_since: datetime | None = None
    told_at: datetime | None = None


def after_message(last: Alerted | None, message: Notified, at: datetime) -> Alerted | None:
    """How it stands after one more message; None when that one arrived and says that it is over."""
    since, told_at, failures = (last.told_since, last.told_at, last.failures) if last else (None, None, 0)
    if not message.delivered:
        return Alerted(message.event, at, False, message.error, failures + 1, since, told_at)
    if message.event in OVER:
        return None
    return Alerted(message.event, at, True, message.error, 0, since or at, at)
