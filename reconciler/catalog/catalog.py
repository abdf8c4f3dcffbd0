"""The catalog as everybody uses it: records entries, keeps listings, answers with facts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from sqlalchemy import select

from reconciler.catalog.database import Database
from reconciler.catalog.facts import backups, decisions, history, observed, placements
from reconciler.catalog.fingerprints import Fingerprints
from reconciler.catalog.journal import carry
from reconciler.catalog.journal.journal import Journal
from reconciler.catalog.journal.policies import Enforced, Policies
from reconciler.catalog.listings import memory, repositories, snapshots
from reconciler.catalog.projection.projection import Projection
from reconciler.catalog.projection.rows import AlertedRow
from reconciler.catalog.projection.tables import ALERTED, LINES, PINS
from reconciler.catalog.standings import Standings
from reconciler.catalog.values import ListingChange, Notice, Recorded, RepositoryLook
from reconciler.observed.attempts import Attempt
from reconciler.observed.entries import (
    Approved,
    AttemptBegan,
    Entry,
    EscrowConfirmed,
    Offered,
    PolicyEnforced,
    Suspended,
)
from reconciler.observed.facts import Observed, PageFacts, PlacementFacts
from reconciler.observed.listing import Snapshot
from reconciler.observed.messages import Alerted
from reconciler.policy.resolved import ResolvedPolicy


class Catalog:
    """Both files of a catalog. Usable from many threads; every method raises CatalogError.

    ``notices`` tell what opening found and mended.
    """

    def __init__(self, listings: Database, journal: Database, notices: Sequence[Notice] = ()) -> None:
        self._listings = listings
        self._journal_file = journal
        self.journal = Journal(journal)
        self._policies = Policies(self.journal)
        self.projection = Projection(listings, self.journal, self._policies)
        self.standings = Standings(listings)
        self._fingerprints = Fingerprints(listings)
        self.notices = tuple(notices)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close both files."""
        self._listings.close()
        self._journal_file.close()

    # The journal

    def record(self, entries: Sequence[Entry], now: datetime) -> int:
        """Append to the journal, durably, then bring the projection into step; gives the last entry's seq."""
        return self.projection.record(entries, now)

    def export_journal(self, target: Path) -> None:
        """Write a consistent copy of the journal into one file: what ``reconciler-state`` backs up."""
        carry.export(self._journal_file, target)

    def bring_back_journal(self, saved: Path, now: datetime) -> int:
        """Put a saved journal under the present one, losing nothing of either; gives the saved one's length."""
        held = carry.bring_back(self._journal_file, saved, now)
        self._policies.forget()
        self.projection.catch_up(anew=True)
        return held

    def beginning(self) -> Literal["new", "lost"] | None:
        """How a journal that is empty begins (the caller records JournalStarted); None when it is not empty.

        ``lost`` when the listings show that there was one before.
        """
        if not self.journal.is_empty:
            return None
        with self._listings.reading() as connection:
            return "lost" if history.remains(connection) else "new"

    def unjournalled(self, policy: ResolvedPolicy) -> int:
        """How many listed backups bear this policy's tag and an attempt that the journal does not know."""
        with self._listings.reading() as connection:
            return history.unjournalled(connection, policy.name)

    # Listings

    def known_ids(self, repository: str) -> frozenset[str]:
        """The ids of all snapshots that are known of a repository."""
        with self._listings.reading() as connection:
            return snapshots.known_ids(connection, repository)

    def fingerprint(self, repository: str) -> str | None:
        """The fingerprint stored with the last complete listing."""
        return self._fingerprints.of(repository)

    def pinned(self, repository: str) -> str | None:
        """The id that the journal has pinned for a repository."""
        self._in_step()
        with self._listings.reading() as connection:
            return connection.scalar(select(PINS.c.engine_id).where(PINS.c.repository == repository))

    @property
    def journal_lost(self) -> bool:
        """Whether the journal began anew after a loss and has not been restored."""
        self._in_step()
        with self._listings.reading() as connection:
            return observed.is_lost(connection)

    def store_listing(self, change: ListingChange) -> None:
        """Take over a complete listing as its difference to ``known_ids``; the repository is then ready."""
        with self._listings.writing() as connection:
            snapshots.store(connection, change)

    def store_snapshot(self, repository: str, snapshot: Snapshot) -> None:
        """Add one snapshot that was just confirmed; what is known of the listing as a whole stays."""
        with self._listings.writing() as connection:
            snapshots.replace_rows(connection, repository, (snapshot,))

    def listed(self, repository: str, ids: Collection[str]) -> tuple[Snapshot, ...]:
        """The snapshots with these ids, as the repository listed them."""
        with self._listings.reading() as connection:
            return tuple(snapshots.kept(connection, repository, ids))

    def store_look(self, look: RepositoryLook) -> None:
        """Take over what a look at a repository found, a failed one too, and what was measured."""
        with self._listings.writing() as connection:
            repositories.store(connection, look)

    def vanished(self, repository: str, missing: Collection[str], policy: ResolvedPolicy) -> tuple[str, ...]:
        """Of ids that are no longer listed, the policy's own backups that nobody here forgot.

        Ask before ``store_listing`` removes them; the caller records Vanished. Others' snapshots may go.
        """
        with self._listings.reading() as connection:
            mine = backups.ours(snapshots.kept(connection, repository, missing), policy)
            return tuple(sorted(mine - history.explained(connection, repository, mine)))

    def store_page(self, asset: str, page: PageFacts) -> None:
        """Keep what an asset's page was rendered from, and when."""
        with self._listings.writing() as connection:
            memory.store_page(connection, asset, page)

    def note_settings(self, fingerprint: str, now: datetime) -> None:
        """Tell which host settings hold: after a change failed attempts need not wait. Writes only a change."""
        with self._listings.reading() as connection:
            same = memory.settings_fingerprint(connection) == fingerprint
        if not same:
            with self._listings.writing() as connection:
                memory.note_settings(connection, fingerprint, now)

    def remember(self, key: str, value: str) -> None:
        """Keep a small text for the next pass."""
        with self._listings.writing() as connection:
            memory.remember(connection, key, value)

    def recall(self, key: str) -> str | None:
        """The small text kept under a key."""
        with self._listings.reading() as connection:
            return memory.recall(connection, key)

    # Facts

    def facts(
        self,
        policy: ResolvedPolicy,
        now: datetime,
        assets: Collection[str] | None = None,
        *,
        repositories: Collection[str] = (),
        orphans: Collection[str] = (),
        alone: bool = False,
    ) -> Observed:
        """The observed world as far as the policy looks at it; writes nothing. With ``assets`` only what concerns
        these, with the repositories and the identities of orphans that are named beside them; ``alone`` without
        the repositories that the assets lie in.

        Only if another process died between journal and projection, the projection is brought into step first.
        """
        self._in_step()
        held = decisions.suspension_facts(self.journal, now)
        with self._listings.reading() as connection:
            found = observed.observe(connection, policy, assets, repositories, orphans, alone)
        return replace(found, suspensions=held)

    def placement(self, policy: ResolvedPolicy, asset: str, repository: str) -> PlacementFacts:
        """Of the same only one asset in one repository."""
        self._in_step()
        with self._listings.reading() as connection:
            found = backups.find(connection, policy, (asset,))
            there = placements.placements(connection, policy, (asset,), found)
        return there.get((asset, repository)) or PlacementFacts(asset, repository)

    def placement_alone(self, asset: str, repository: str) -> PlacementFacts:
        """The same without backups, marks and the last attempt: a single row."""
        self._in_step()
        with self._listings.reading() as connection:
            return placements.without_backups(connection, asset, repository)

    def open_attempts(self) -> tuple[Recorded[AttemptBegan], ...]:
        """Attempts that began and did not end, the oldest first: running, or their process died."""
        self._in_step()
        with self._listings.reading() as connection:
            begun = [self.journal.at(seq) for seq in history.begun_and_not_ended(connection)]
        return tuple(Recorded(one.seq, one.at, one.entry) for one in begun if isinstance(one.entry, AttemptBegan))

    def attempts(
        self, asset: str | None = None, repository: str | None = None, limit: int | None = None
    ) -> tuple[Attempt, ...]:
        """Attempts, newest first."""
        self._in_step()
        with self._listings.reading() as connection:
            return history.attempts(connection, asset, repository, limit)

    def has_attempts(self) -> bool:
        """Whether any attempt is known."""
        self._in_step()
        with self._listings.reading() as connection:
            return history.has_attempts(connection)

    def enforced(self) -> tuple[str, ResolvedPolicy] | None:
        """The revision and the policy in force; None before the first."""
        found = self._last_enforced()
        return (found.revision, found.policy) if found else None

    def policy_entry(self, revision: str, policy: ResolvedPolicy, *, complete: bool) -> PolicyEnforced:
        """What to record when this policy comes into force: what it changes, or now and then the whole."""
        return self._policies.entry(self._last_enforced(), revision, policy, complete)

    @property
    def policy_place(self) -> int | None:
        """Where in the journal the enforced policy stands."""
        self._in_step()
        with self._listings.reading() as connection:
            return observed.whole_journal(connection).policy_seq

    def offers(self, now: datetime) -> tuple[Recorded[Offered], ...]:
        """Checksums that can be approved: shown in the last seven days, newest first."""
        return decisions.offers(self.journal, now)

    def approvals(self) -> tuple[Recorded[Approved], ...]:
        """All approvals, newest first."""
        return decisions.approvals(self.journal)

    def approved_lines(self) -> frozenset[str]:
        """Lines that were approved and are not used up."""
        self._in_step()
        with self._listings.reading() as connection:
            return observed.approved_lines(connection)

    def consumed(self) -> dict[str, datetime]:
        """Lines that were used, and when last: what ``policy.approval.covers`` asks for."""
        self._in_step()
        with self._listings.reading() as connection:
            rows = connection.execute(select(LINES).where(LINES.c.consumed_at.is_not(None)))
            return {row.line: row.consumed_at for row in rows}

    def suspensions(self, now: datetime) -> tuple[Recorded[Suspended], ...]:
        """The host's suspensions that hold now, by name."""
        return decisions.suspensions(self.journal, now)

    def escrow(self) -> dict[str, Recorded[EscrowConfirmed]]:
        """Where a second copy of each repository's passphrase is kept, as last confirmed."""
        return decisions.escrow(self.journal)

    def alerted(self) -> dict[tuple[str, str], Alerted]:
        """The last message of each (alert, key) that is not over."""
        self._in_step()
        with self._listings.reading() as connection:
            rows = connection.execute(select(ALERTED))
            return {(row.alert, row.key): AlertedRow(**row._mapping).said for row in rows}

    def _last_enforced(self) -> Enforced | None:
        self._in_step()
        with self._listings.reading() as connection:
            seq = observed.whole_journal(connection).policy_seq
        return None if seq is None else self._policies.at(seq)

    def _in_step(self) -> None:
        self.projection.keep_in_step()
