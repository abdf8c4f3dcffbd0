"""The journal's entries: what no listing can tell, append-only, one frozen model an entry."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.backup import Verdict
from reconciler.policy.changes import PolicyChange
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.units.instants import Day, Instant
from reconciler.units.model import Strict


class AttemptBegan(Strict):
    """Written and synced before the engine starts; ``copied`` the lineages that a copy is to bring over."""

    kind: Literal["attempt-began"] = "attempt-began"
    attempt: str
    verb: Verb
    repository: str
    asset: str | None = None
    slot: Instant | None = None
    request: str | None = None
    time: Instant | None = None
    keep_until: Day | None = None
    reason: str = ""
    read_all: bool = False
    copied: tuple[str, ...] = ()


class AttemptEnded(Strict):
    """The outcome. For a backup also its verdict, given here once and never derived again."""

    kind: Literal["attempt-ended"] = "attempt-ended"
    attempt: str
    verb: Verb
    repository: str
    asset: str | None = None
    outcome: Outcome
    code: str = ""
    message: str = ""
    retry: bool = True
    backup: str | None = None
    request: str | None = None
    verdict: Verdict | None = None
    suspicious: bool = False
    unreadable: tuple[str, ...] = ()
    files: int | None = None
    size: int | None = None
    added: int | None = None
    seconds: float | None = None
    read_all: bool = False


class RepositoryPinned(Strict):
    """The id that a repository has had from the first time it was seen."""

    kind: Literal["repository-pinned"] = "repository-pinned"
    repository: str
    engine_id: str
    how: Literal["initialised", "trusted", "first seen"]


class ExpiredBackup(Strict):
    """One backup that retention lets go."""

    backup: str
    time: Instant
    why: str
    charged: bool = True


class Marked(Strict):
    """Backups marked as expired; they are forgotten after the grace."""

    kind: Literal["marked"] = "marked"
    asset: str
    repository: str
    backups: tuple[ExpiredBackup, ...]
    approval: str | None = None


class Unmarked(Strict):
    """Marks that lapsed because their backups are kept again."""

    kind: Literal["unmarked"] = "unmarked"
    asset: str
    repository: str
    backups: tuple[str, ...]
    why: str = ""


class ForgetIntended(Strict):
    """Written before forgetting, so that what is gone afterwards is explained even after a crash."""

    kind: Literal["forget-intended"] = "forget-intended"
    repository: str
    backups: tuple[str, ...]


class Forgotten(Strict):
    """Backups that were forgotten: a listing afterwards showed that they are gone."""

    kind: Literal["forgotten"] = "forgotten"
    repository: str
    backups: tuple[str, ...]


class Vanished(Strict):
    """Backups gone that nobody deleted."""

    kind: Literal["vanished"] = "vanished"
    repository: str
    backups: tuple[str, ...]


class VanishedAccepted(Strict):
    """Someone on the host looked at the disappearance and lets the loop go on."""

    kind: Literal["vanished-accepted"] = "vanished-accepted"
    repository: str
    backups: tuple[str, ...]
    by: str
    reason: str


class CreditSet(Strict):
    """The deletion budget of an asset in a repository after a pass that changed it."""

    kind: Literal["credit-set"] = "credit-set"
    asset: str
    repository: str
    balance: int


class PlacementWanted(Strict):
    """The policy asks for this asset in this repository from now on."""

    kind: Literal["placement-wanted"] = "placement-wanted"
    asset: str
    repository: str


class PolicyEnforced(Strict):
    """The policy in force: the whole, or the change of the one in the entry before; ``revision`` its head."""

    kind: Literal["policy-enforced"] = "policy-enforced"
    revision: str
    policy: ResolvedPolicy | None = None
    change: PolicyChange | None = None
    complete: bool = True

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.policy is None) == (self.change is None):
            raise ValueError("an enforced policy is written whole or as a change")
        return self


class Offered(Strict):
    """A checksum that was shown, so that it can be approved for seven days; ``since`` when its block waits."""

    kind: Literal["offered"] = "offered"
    checksum: str
    subject: str
    lines: tuple[str, ...]
    since: Instant | None = None


class Approved(Strict):
    """An approval on the host."""

    kind: Literal["approved"] = "approved"
    checksum: str
    lines: tuple[str, ...]
    by: str
    reason: str


class Consumed(Strict):
    """Lines of approvals that have been used."""

    kind: Literal["consumed"] = "consumed"
    lines: tuple[str, ...]


class Restored(Strict):
    """A restore by a person or a proof: who, why, and whether what came back was right."""

    kind: Literal["restored"] = "restored"
    asset: str
    repository: str
    backup: str
    target: str
    by: str
    reason: str
    files: int
    size: int
    seconds: float
    sound: bool


class Invalidated(Strict):
    """A backup found bad."""

    kind: Literal["invalidated"] = "invalidated"
    repository: str
    backup: str
    why: str


class Suspended(Strict):
    """A suspension made on the host; it ends by itself."""

    kind: Literal["suspended"] = "suspended"
    name: str
    asset: str | None = None
    repository: str | None = None
    verbs: tuple[Verb, ...]
    expires: Instant
    by: str
    reason: str


class Resumed(Strict):
    """A suspension of the host ended before its time."""

    kind: Literal["resumed"] = "resumed"
    name: str
    by: str


class ClockAccepted(Strict):
    """Someone on the host looked at the clock and says that it is right."""

    kind: Literal["clock-accepted"] = "clock-accepted"
    by: str


class Notified(Strict):
    """An alert that was sent, or could not be; ``closed`` ends one without a message."""

    kind: Literal["notified"] = "notified"
    alert: str
    key: str
    event: str
    delivered: bool
    error: str = ""


class EscrowConfirmed(Strict):
    """A second place where a repository's passphrase is kept."""

    kind: Literal["escrow-confirmed"] = "escrow-confirmed"
    repository: str
    place: str
    by: str


class JournalStarted(Strict):
    """The first entry of a journal: new, restored from a backup of itself, or begun anew after a loss."""

    kind: Literal["journal-started"] = "journal-started"
    how: Literal["new", "restored", "lost"]


Entry = Annotated[
    AttemptBegan
    | AttemptEnded
    | RepositoryPinned
    | Marked
    | Unmarked
    | ForgetIntended
    | Forgotten
    | Vanished
    | VanishedAccepted
    | CreditSet
    | PlacementWanted
    | PolicyEnforced
    | Offered
    | Approved
    | Consumed
    | Restored
    | Invalidated
    | Suspended
    | Resumed
    | ClockAccepted
    | Notified
    | EscrowConfirmed
    | JournalStarted,
    Field(discriminator="kind"),
]

ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)
