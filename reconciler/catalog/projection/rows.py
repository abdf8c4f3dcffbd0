"""One row of each projected table, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reconciler.observed.attempts import Attempt, Outcome, Verb
from reconciler.observed.backup import Verdict
from reconciler.observed.messages import Alerted


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One try; ``seq`` is the place of its beginning in the journal."""

    id: str
    seq: int
    verb: Verb
    repository: str
    asset: str | None
    started: datetime
    slot: datetime | None = None
    request: str | None = None
    keep_until: date | None = None
    ended: datetime | None = None
    outcome: Outcome | None = None
    code: str = ""
    message: str = ""
    retry: bool = True
    backup: str | None = None
    files: int | None = None
    size: int | None = None
    added: int | None = None
    seconds: float | None = None

    def attempt(self) -> Attempt:
        """The attempt as planning reads it."""
        return Attempt(
            id=self.id,
            verb=self.verb,
            repository=self.repository,
            asset=self.asset,
            started=self.started,
            slot=self.slot,
            request=self.request,
            ended=self.ended,
            outcome=self.outcome,
            code=self.code,
            message=self.message,
            retry=self.retry,
            backup=self.backup,
            files=self.files,
            size=self.size,
            duration=None if self.seconds is None else timedelta(seconds=self.seconds),
        )


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """What was said of a backup at its birth; its copies share its lineage and so its verdict."""

    lineage: str
    seq: int
    asset: str
    verdict: Verdict
    suspicious: bool
    size: int | None
    files: int | None
    unreadable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """A lineage that a policy accepted for an asset; remembered when the policy no longer says so."""

    asset: str
    lineage: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PlacementRow:
    """An asset in a repository. ``begun`` when its first backup began, ``succeeded`` its latest success,
    ``read_all`` its last backup that read everything anew; ``block`` a digest of what the policy says of it."""

    asset: str
    repository: str
    wanted_since: datetime | None = None
    credit: int = 3
    last: str | None = None
    failures: int = 0
    failing_since: datetime | None = None
    begun: datetime | None = None
    succeeded: datetime | None = None
    read_all: datetime | None = None
    block: str | None = None
    changed_at: datetime | None = None
    recent: str = "[]"


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A verb on a repository. ``done_*`` of the last one that ran to its end."""

    repository: str
    verb: Verb
    last: str
    failures: int = 0
    failing_since: datetime | None = None
    done_at: datetime | None = None
    done_seq: int = 0
    sound: bool = True
    message: str = ""


@dataclass(frozen=True, slots=True)
class MarkRow:
    """A backup marked as expired."""

    repository: str
    backup: str
    asset: str
    marked_at: datetime
    why: str
    charged: bool
    approval: str | None


@dataclass(frozen=True, slots=True)
class GoneRow:
    """A backup that is gone or about to be: forgotten by us, or vanished; ``accepted_at`` ends the alarm."""

    repository: str
    backup: str
    intended_at: datetime | None = None
    forgotten_seq: int | None = None
    vanished_at: datetime | None = None
    accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """What was proved of a backup where it lies."""

    repository: str
    backup: str
    restored_at: datetime | None = None
    invalidated_at: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class PinRow:
    """The id that a repository has had since it was first seen."""

    repository: str
    engine_id: str
    at: datetime
    how: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of an approval: approved, and used up or not."""

    line: str
    checksum: str
    approved_at: datetime | None
    consumed_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlertedRow:
    """The last message of an alert about a key that is not over."""

    alert: str
    key: str
    event: str
    at: datetime
    delivered: bool
    error: str
    failures: int
    told_since: datetime | None
    told_at: datetime | None

    @classmethod
    def of(cls, alert: str, key: str, said: Alerted) -> AlertedRow:
        """The row that holds it."""
        return cls(
            alert, key, said.event, said.at, said.delivered, said.error, said.failures, said.told_since, said.told_at
        )

    @property
    def said(self) -> Alerted:
        """What it holds."""
        return Alerted(self.event, self.at, self.delivered, self.error, self.failures, self.told_since, self.told_at)


@dataclass(frozen=True, slots=True)
class JournalRow:
    """What holds of the journal as a whole; there is one row. ``policy_seq`` where the enforced policy stands."""

    id: int = 1
    how: str | None = None
    newest: datetime | None = None
    clock_accepted_at: datetime | None = None
    policy_seq: int | None = None
    policy_revision: str | None = None
    policy_at: datetime | None = None
