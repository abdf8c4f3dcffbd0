"""When time alone changes what is known: future-dated backups that come of age, failures that are waited out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from reconciler.obligations.codes import Code
from reconciler.observed.attempts import Attempt, pause_after
from reconciler.observed.backup import SKEW, Backup
from reconciler.observed.reason import Reason
from reconciler.units.instants import NEVER

A_DAY = timedelta(days=1)
"""How long a failure that asks for a person is left alone before it is tried again."""


def comes_of_age(backups: Iterable[Backup], now: datetime) -> datetime:
    """When the first future-dated one of these backups, newest first, is so no more; NEVER without any."""
    ahead = takewhile(lambda backup: backup.in_future(now), backups)
    return min((backup.time - SKEW for backup in ahead), default=NEVER)


def first_after(now: datetime, *instants: datetime | None) -> datetime:
    """The earliest of the instants that is still to come; NEVER when none is."""
    return min((instant for instant in instants if instant is not None and instant > now), default=NEVER)


@dataclass(frozen=True, slots=True)
class Failures:
    """Failures in a row of one kind of attempt, and when something that could mend them last changed."""

    last: Attempt | None
    row: int
    changed_at: datetime | None = None

    @property
    def retry_at(self) -> datetime | None:
        """Not before this instant; None when there is nothing to wait for.

        What only a person can mend (a wrong passphrase) is tried once a day, not on every slot.
        """
        if self.last is None or self.row <= 0:
            return None
        ended = self.last.ended or self.last.started
        if self.changed_at is not None and ended < self.changed_at:
            return None
        return ended + (pause_after(self.row) if self.last.retry else A_DAY)

    @property
    def reason(self) -> Reason:
        """That it fails, and when it is tried again."""
        last = self.last
        return Reason.of(
            Code.FAILING,
            retry_at=self.retry_at,
            failures=self.row,
            error=last.code if last else None,
            message=last.message if last else None,
            daily=True if last and not last.retry else None,
        )
