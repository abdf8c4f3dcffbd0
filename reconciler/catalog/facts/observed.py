"""Gathers all facts of a policy, or those of some assets, in one consistent view."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, and_, or_, select

from reconciler.catalog.facts.backups import find
from reconciler.catalog.facts.history import remains
from reconciler.catalog.facts.placements import orphans, placements
from reconciler.catalog.facts.repositories import repositories
from reconciler.catalog.listings import memory
from reconciler.catalog.projection.rows import JournalRow
from reconciler.catalog.projection.tables import ACCEPTED, ATTEMPTS, JOURNAL, LINES, VERDICTS
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.backup import Verdict
from reconciler.observed.facts import ClockFacts, Observed, PolicyFacts
from reconciler.policy.resolved import ResolvedPolicy


def observe(
    connection: Connection,
    policy: ResolvedPolicy,
    assets: Collection[str] | None,
    repositories_too: Collection[str] = (),
    orphaned: Collection[str] = (),
    alone: bool = False,
) -> Observed:
    """The observed world as far as the policy looks at it; with ``assets`` only what concerns these, and the
    repositories and orphaned identities that are named; ``alone`` without the repositories that they lie in."""
    found = find(connection, policy, assets, orphaned)
    placed = placements(connection, policy, assets, found)
    around = () if alone else (repository for _, repository in placed)
    names = policy.repositories if assets is None else {*repositories_too, *around}
    whole = whole_journal(connection)
    return Observed(
        repositories=repositories(connection, policy, names),
        placements=placed,
        pages=memory.pages(connection, assets),
        requests_done=requests_done(connection, policy, assets),
        policy=PolicyFacts(applied=whole.policy_revision),
        clock=ClockFacts(newest_entry=whole.newest, accepted_at=whole.clock_accepted_at),
        orphans=orphans(connection, policy, found),
        journal_lost=is_lost(connection),
        approved_lines=approved_lines(connection),
    )


def whole_journal(connection: Connection) -> JournalRow:
    """What holds of the journal as a whole."""
    row = connection.execute(select(JOURNAL)).first()
    return JournalRow() if row is None else JournalRow(**row._mapping)


def is_lost(connection: Connection) -> bool:
    """The journal began anew after a loss and was not restored; or it is empty, and there was one before."""
    whole = whole_journal(connection)
    return whole.how == "lost" or (whole.newest is None and remains(connection))


def approved_lines(connection: Connection) -> frozenset[str]:
    """Lines that were approved and are not used up."""
    unused = or_(LINES.c.consumed_at.is_(None), LINES.c.consumed_at < LINES.c.approved_at)
    query = select(LINES.c.line).where(unused, LINES.c.approved_at.is_not(None))
    return frozenset(connection.scalars(query))


def requests_done(
    connection: Connection, policy: ResolvedPolicy, assets: Collection[str] | None = None
) -> dict[str, str]:
    """Requests of the policy that one counted backup fulfilled, whether it is still kept or not."""
    names = [name for name, asked in policy.requests.items() if assets is None or asked.asset in assets]
    if not names:
        return {}
    accepted = and_(ACCEPTED.c.asset == VERDICTS.c.asset, ACCEPTED.c.lineage == VERDICTS.c.lineage)
    good = and_(VERDICTS.c.verdict == Verdict.COMPLETE, VERDICTS.c.suspicious.is_(False))
    query = (
        select(ATTEMPTS.c.request, ATTEMPTS.c.asset, ATTEMPTS.c.backup)
        .select_from(ATTEMPTS.join(VERDICTS, VERDICTS.c.lineage == ATTEMPTS.c.backup).outerjoin(ACCEPTED, accepted))
        .where(ATTEMPTS.c.request.in_(sorted(names)), ATTEMPTS.c.verb == Verb.BACKUP)
        .where(ATTEMPTS.c.outcome == Outcome.SUCCEEDED, or_(good, ACCEPTED.c.lineage.is_not(None)))
        .order_by(ATTEMPTS.c.seq.desc())
    )
    return {
        row.request: row.backup for row in connection.execute(query) if policy.requests[row.request].asset == row.asset
    }
