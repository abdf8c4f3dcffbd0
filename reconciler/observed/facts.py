"""Everything that is observed, gathered into one value that deciding code reads and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from reconciler.observed.attempts import Attempt, Verb
from reconciler.observed.backup import Backup


class Reach(StrEnum):
    """What the last look at a repository found."""

    READY = "ready"
    NEVER_SEEN = "never seen"
    MISSING = "missing"
    UNREACHABLE = "unreachable"
    CHANGED = "changed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RepositoryFacts:
    """A repository as last looked at.

    ``pinned`` the id that the journal holds; ``looked_at`` the last attempt to look, ``listed_at`` the last
    complete listing; ``trouble_since`` when looking began to fail; ``damaged`` the ids stored but unreadable;
    ``vanished`` backups gone that nobody deleted; sizes in bytes. ``forgotten`` counts snapshots forgotten
    since the last prune; ``busy_first`` is true while a first backup there has begun and not succeeded.
    ``wanted_since`` when the policy first asked for a backup there, ``first_backup`` when the oldest that
    worked began.
    """

    name: str
    reach: Reach = Reach.NEVER_SEEN
    pinned: str | None = None
    seen: str | None = None
    code: str = ""
    message: str = ""
    looked_at: datetime | None = None
    listed_at: datetime | None = None
    trouble_since: datetime | None = None
    damaged: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    total: int | None = None
    free: int | None = None
    stored: int | None = None
    measured_at: datetime | None = None
    checked_at: datetime | None = None
    check_sound: bool = True
    check_message: str = ""
    pruned_at: datetime | None = None
    forgotten: int = 0
    busy_first: bool = False
    wanted_since: datetime | None = None
    first_backup: datetime | None = None
    last: Mapping[str, Attempt] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Reachable, with the pinned id, listed completely."""
        return self.reach is Reach.READY


@dataclass(frozen=True, slots=True)
class MarkFacts:
    """A backup marked as expired: when, why, whether it was charged, and the approval that paid for it."""

    backup: str
    marked_at: datetime
    why: str
    charged: bool = True
    approval: str | None = None


@dataclass(frozen=True, slots=True)
class PlacementFacts:
    """An asset in a repository. ``backups`` newest first, of every kind; ``wanted_since`` when the policy first
    asked for it; ``failures`` in a row of its backup or copy; ``credit`` what the deletion budget has left.

    ``changed_at`` when the policy's block of it or the host's settings last changed: a failure before that is
    no reason to wait. ``running``: an attempt of it is under way. ``last_read_all`` the last backup that read
    everything anew.
    """

    asset: str
    repository: str
    backups: Sequence[Backup] = ()
    wanted_since: datetime | None = None
    last: Attempt | None = None
    failures: int = 0
    failing_since: datetime | None = None
    marks: Mapping[str, MarkFacts] = field(default_factory=dict)
    credit: int = 3
    usual_duration: timedelta | None = None
    usual_size: int | None = None
    changed_at: datetime | None = None
    running: bool = False
    last_read_all: datetime | None = None

    def newest_present(self, now: datetime) -> Backup | None:
        """The newest backup that satisfies the schedule."""
        return next((backup for backup in self.backups if backup.present(now)), None)

    def newest_counted(self, now: datetime) -> Backup | None:
        """The newest backup that satisfies promises."""
        return next((backup for backup in self.backups if backup.counted(now)), None)

    def glance(self, now: datetime) -> Glance:
        """The same at a glance."""
        newest = self.newest_counted(now)
        return Glance(newest.time if newest else None, len(self.backups), self.failures)


@dataclass(frozen=True, slots=True)
class Glance:
    """An asset in a repository at a glance: its newest counted backup, how many are listed, failures in a row."""

    newest: datetime | None = None
    listed: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class PageFacts:
    """A rendered page: the fingerprint of what it was rendered from, and when."""

    fingerprint: str
    rendered_at: datetime


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """Which revision is at the head, which was attempted, which is enforced, and why they differ.

    ``pending`` the blocks that wait for approval (block, checksum, lines); ``problem`` why the head is not
    enforced, with its ``code``; ``since`` when that began; ``unread`` what of the head is not read, and why.
    """

    head: str | None = None
    attempted: str | None = None
    applied: str | None = None
    approved: str | None = None
    code: str = ""
    problem: str = ""
    since: datetime | None = None
    pending: tuple[PendingFacts, ...] = ()
    unread: tuple[UnreadFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class UnreadFacts:
    """A path of the policy source that is not read: what policy it holds protects nothing."""

    path: str
    why: str

    def __str__(self) -> str:
        return f"{self.path} ({self.why})"


@dataclass(frozen=True, slots=True)
class PendingFacts:
    """A block of the policy that waits: its name, the checksum that approves it, its lines, since when.

    ``change`` names its lowering alone: it stays while the backups change that its approval would let go.
    """

    block: str
    checksum: str
    lines: tuple[str, ...]
    why: str
    since: datetime | None = None
    change: str = ""


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """``newest_entry`` the journal's latest time; ``jumped`` by how much wall and boot clock parted.

    Both since the clock was last accepted: what lies before is explained.
    """

    newest_entry: datetime | None = None
    jumped: timedelta = timedelta(0)
    accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrphanFacts:
    """Backups in a repository that belong to an asset which the policy no longer names."""

    identity: str
    repository: str
    backups: tuple[Backup, ...]
    marks: Mapping[str, MarkFacts] = field(default_factory=dict)
    credit: int = 3


@dataclass(frozen=True, slots=True)
class SuspensionFacts:
    """A suspension made on the host, not in the policy; without asset and repository it stops all."""

    name: str
    verbs: tuple[Verb, ...]
    expires: datetime
    reason: str = ""
    by: str = ""
    asset: str | None = None
    repository: str | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """The whole observed world, or the part of it that a pass looks at: then ``glances`` are of all of it."""

    repositories: Mapping[str, RepositoryFacts] = field(default_factory=dict)
    placements: Mapping[tuple[str, str], PlacementFacts] = field(default_factory=dict)
    pages: Mapping[str, PageFacts] = field(default_factory=dict)
    requests_done: Mapping[str, str] = field(default_factory=dict)
    policy: PolicyFacts = field(default_factory=PolicyFacts)
    clock: ClockFacts = field(default_factory=ClockFacts)
    orphans: tuple[OrphanFacts, ...] = ()
    journal_lost: bool = False
    approved_lines: frozenset[str] = frozenset()
    suspensions: tuple[SuspensionFacts, ...] = ()
    glances: Mapping[tuple[str, str], Glance] = field(default_factory=dict)

    def repository(self, name: str) -> RepositoryFacts:
        """Facts of a repository; never seen when there are none."""
        return self.repositories.get(name) or RepositoryFacts(name)

    def placement(self, asset: str, repository: str) -> PlacementFacts:
        """Facts of an asset in a repository; empty when there are none."""
        return self.placements.get((asset, repository)) or PlacementFacts(asset, repository)

    def glance(self, asset: str, repository: str, now: datetime) -> Glance:
        """An asset in a repository at a glance."""
        return self.glances.get((asset, repository)) or self.placement(asset, repository).glance(now)


def with_beginnings(
    repositories: Mapping[str, RepositoryFacts], placements: Iterable[PlacementFacts]
) -> dict[str, RepositoryFacts]:
    """The repositories with what follows from the placements in them: since when wanted, the first backup."""
    found = dict(repositories)
    for place in placements:
        facts = found.get(place.repository) or RepositoryFacts(place.repository)
        wanted = min((at for at in (facts.wanted_since, place.wanted_since) if at), default=None)
        oldest = [backup.time for backup in place.backups[-1:]]
        first = min((at for at in (facts.first_backup, *oldest) if at), default=None)
        found[place.repository] = replace(facts, wanted_since=wanted, first_backup=first)
    return found
