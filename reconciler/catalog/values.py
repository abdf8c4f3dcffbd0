"""What the catalog takes and gives besides observed values: looks, listings, standings, notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from reconciler.obligations.assessment import Promise, State
from reconciler.observed.entries import Entry
from reconciler.observed.facts import Reach
from reconciler.observed.listing import Snapshot
from reconciler.observed.reason import Reason

E_co = TypeVar("E_co", bound=Entry, covariant=True)


@dataclass(frozen=True, slots=True)
class Recorded(Generic[E_co]):
    """An entry in the journal, with its place and the time it was recorded (aware UTC)."""

    seq: int
    at: datetime
    entry: E_co


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries: empty sets and None ask for all; ``since`` and ``before_seq`` bound time and place."""

    kinds: frozenset[str] = frozenset()
    asset: str | None = None
    repository: str | None = None
    attempt: str | None = None
    since: datetime | None = None
    before_seq: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the catalog itself that a person should hear: what happened, what to do next."""

    code: str
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class RepositoryLook:
    """What one look at a repository found. Sizes in bytes; None leaves what was measured before."""

    repository: str
    reach: Reach
    at: datetime
    seen: str | None = None
    code: str = ""
    message: str = ""
    total: int | None = None
    free: int | None = None
    stored: int | None = None


@dataclass(frozen=True, slots=True)
class ListingChange:
    """A complete listing, as the difference to what is known of the repository."""

    repository: str
    engine_id: str
    at: datetime
    added: tuple[Snapshot, ...] = ()
    removed: frozenset[str] = frozenset()
    damaged: tuple[str, ...] = ()
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a promise stood when it was last assessed.

    ``acts``: it had actions, which are not kept. Of an asset in a repository: the newest counted backup's time,
    how many backups are listed, and the failures in a row.
    """

    promise: Promise
    state: State
    reason: Reason
    since: datetime | None
    until: datetime
    acts: bool = False
    newest: datetime | None = None
    listed: int | None = None
    failures: int | None = None
