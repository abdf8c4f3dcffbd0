"""Reads what people decided: offers and approvals, suspensions of the host, second places of passphrases."""

from __future__ import annotations

from datetime import datetime, timedelta

from reconciler.catalog.journal.journal import Journal
from reconciler.catalog.values import Filter, Recorded
from reconciler.observed.entries import Approved, EscrowConfirmed, Offered, Resumed, Suspended
from reconciler.observed.facts import SuspensionFacts

OFFERED_FOR = timedelta(days=7)
"""A checksum can be approved for so long after it was last shown."""


def offers(journal: Journal, now: datetime) -> tuple[Recorded[Offered], ...]:
    """The checksums that can be approved, each as last shown, newest first."""
    wanted = Filter(kinds=frozenset({"offered"}), since=now - OFFERED_FOR)
    found: dict[str, Recorded[Offered]] = {}
    for recorded in journal.entries(wanted):
        if isinstance(recorded.entry, Offered):
            found.setdefault(recorded.entry.checksum, Recorded(recorded.seq, recorded.at, recorded.entry))
    return tuple(found.values())


def approvals(journal: Journal) -> tuple[Recorded[Approved], ...]:
    """All approvals, newest first."""
    return tuple(
        Recorded(recorded.seq, recorded.at, recorded.entry)
        for recorded in journal.entries(Filter(kinds=frozenset({"approved"})))
        if isinstance(recorded.entry, Approved)
    )


def suspensions(journal: Journal, now: datetime) -> tuple[Recorded[Suspended], ...]:
    """The host's suspensions that hold now, by name; one made again under its name replaces the former."""
    holding: dict[str, Recorded[Suspended]] = {}
    for recorded in reversed(journal.entries(Filter(kinds=frozenset({"suspended", "resumed"})))):
        if isinstance(recorded.entry, Suspended):
            holding[recorded.entry.name] = Recorded(recorded.seq, recorded.at, recorded.entry)
        elif isinstance(recorded.entry, Resumed):
            holding.pop(recorded.entry.name, None)
    return tuple(found for _, found in sorted(holding.items()) if found.entry.expires > now)


def suspension_facts(journal: Journal, now: datetime) -> tuple[SuspensionFacts, ...]:
    """The same as planning reads them."""
    return tuple(_suspension(recorded.entry) for recorded in suspensions(journal, now))


def escrow(journal: Journal) -> dict[str, Recorded[EscrowConfirmed]]:
    """The last confirmation of a second place for each repository's passphrase."""
    found: dict[str, Recorded[EscrowConfirmed]] = {}
    for recorded in journal.entries(Filter(kinds=frozenset({"escrow-confirmed"}))):
        if isinstance(recorded.entry, EscrowConfirmed):
            found.setdefault(recorded.entry.repository, Recorded(recorded.seq, recorded.at, recorded.entry))
    return found


def _suspension(entry: Suspended) -> SuspensionFacts:
    return SuspensionFacts(
        name=entry.name,
        verbs=entry.verbs,
        expires=entry.expires,
        reason=entry.reason,
        by=entry.by,
        asset=entry.asset,
        repository=entry.repository,
    )
