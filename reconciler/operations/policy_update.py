"""From the policy source's head to the policy in force: guards 7 and 8, journalled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reconciler.errors import PolicySourceError, ReconcilerError
from reconciler.observed.entries import Consumed, Entry
from reconciler.observed.facts import PolicyFacts, UnreadFacts
from reconciler.operations.desk import Desk
from reconciler.operations.lowering import Waiting, waiting_blocks
from reconciler.operations.policy_state import PolicyState
from reconciler.operations.settled import settle, settled
from reconciler.operations.waiting import keep_waiting_since, pending_since, waiting_since
from reconciler.policy.accept import RevisionFacts, judge_revision
from reconciler.policy.approval import Approved, covers, remaining
from reconciler.policy.compare import compare, lowerings
from reconciler.policy.documents import Loaded, Skipped
from reconciler.policy.enforce import PendingBlock, enforce
from reconciler.policy.load import load_policy
from reconciler.policy.resolved import ResolvedPolicy


@dataclass(frozen=True, slots=True)
class _Head:
    facts: RevisionFacts
    loaded: Loaded | None = None
    code: str = ""


def update_policy(desk: Desk, *, fetch: bool = True, record: bool = True) -> PolicyState:
    """Fetch, judge, enforce block by block. With ``record`` false nothing is journalled (a plan only looks)."""
    trouble = _fetch(desk) if fetch else None
    if not trouble and (found := settled(desk)):
        return found
    state = _updated(desk, trouble, record)
    if record:
        settle(desk, state)
    return state


def _updated(desk: Desk, trouble: PolicySourceError | None, record: bool) -> PolicyState:
    now = desk.clock.now()
    stored = desk.catalog.enforced()
    applied, enforced = stored or (None, None)
    desk.cache.adopt(enforced.assets if enforced else {})
    head = _read_head(desk, applied, trouble, now)
    verdict = judge_revision(head.facts, applied, _approved(desk), desk.settings.trust.revision)
    candidate = head.loaded.policy if head.loaded else None
    if not verdict.accepted or candidate is None:
        facts = PolicyFacts(
            head=head.facts.revision,
            attempted=head.facts.revision,
            applied=applied,
            approved=applied,
            code=verdict.code.value,
            problem=verdict.sentence,
            since=_since(desk, verdict.code.value, now, record),
            unread=unread_of(head.loaded.skipped if head.loaded else ()),
        )
        return PolicyState(enforced, facts, rewound(verdict.lift))
    return _enforced(desk, head, candidate, enforced, now, record)


def candidate_of(desk: Desk) -> ResolvedPolicy | None:
    """What the head of the policy source says, approved or not; None when it cannot be read or is invalid."""
    head = _read_head(desk, None, _fetch(desk), desk.clock.now())
    return head.loaded.policy if head.loaded else None


def unread_of(skipped: Iterable[Skipped]) -> tuple[UnreadFacts, ...]:
    """What of the policy source is not read, and why."""
    return tuple(UnreadFacts(found.path, found.why) for found in skipped)


def rewound(line: str | None) -> tuple[Waiting, ...]:
    """A rewind of the policy source waits like a block does."""
    return (Waiting("policy source", (line,), (), "it was rewound"),) if line else ()


def _enforced(
    desk: Desk, head: _Head, candidate: ResolvedPolicy, enforced: ResolvedPolicy | None, now: datetime, record: bool
) -> PolicyState:
    revision = head.facts.revision or ""
    policy, pending, consumed = _folded(desk, enforced, candidate, now)
    waiting = waiting_blocks(desk.catalog, desk.settings, policy, candidate, pending, now)
    before = desk.catalog.enforced()
    if record and (before != (revision, policy)):
        entries: list[Entry] = [desk.catalog.policy_entry(revision, policy, complete=not pending)]
        if consumed:
            entries.append(Consumed(lines=consumed))
        desk.catalog.record(entries, now)
    _since(desk, "", now, record)
    since = waiting_since(desk.catalog, waiting, now)
    if record:
        keep_waiting_since(desk.catalog, since)
    facts = PolicyFacts(
        head=revision,
        attempted=revision,
        applied=revision,
        approved=revision if not pending else None,
        pending=pending_since(since, waiting),
        unread=unread_of(head.loaded.skipped if head.loaded else ()),
    )
    return PolicyState(policy, facts, waiting)


def _folded(
    desk: Desk, enforced: ResolvedPolicy | None, candidate: ResolvedPolicy, now: datetime
) -> tuple[ResolvedPolicy, tuple[PendingBlock, ...], tuple[str, ...]]:
    """The policy to enforce, the blocks that wait, the approved lines that this uses up. The first is taken whole."""
    if enforced is None:
        return candidate, (), ()
    result = enforce(enforced, candidate, _approved(desk), now)
    used = sorted(row.line for row in lowerings(compare(enforced, result.policy, now)))
    return result.policy, result.pending, tuple(used)


def _read_head(desk: Desk, applied: str | None, trouble: PolicySourceError | None, now: datetime) -> _Head:
    """The head with all that judging it needs; whatever cannot be read is told, never raised."""
    try:
        revision = desk.source.head()
        files = desk.source.files(revision.id)
        loaded = load_policy(
            files.files, today=now.date(), local_host=desk.settings.host, cache=desk.cache, skipped=files.skipped
        )
        desk.cache.keep_only(file.blob for file in files.files)
        facts = RevisionFacts(
            revision=revision.id,
            readable=trouble is None,
            why_unreadable=str(trouble or ""),
            documents=len(loaded.documents),
            errors=len(loaded.errors),
            first_error=str(loaded.errors[0]) if loaded.errors else "",
            descends=desk.source.is_ancestor(applied, revision.id) if applied and applied != revision.id else None,
        )
        return _Head(facts, loaded)
    except ReconcilerError as error:
        signed = False if error.code == "policy-unverified" else None
        return _Head(RevisionFacts(None, readable=False, why_unreadable=str(error), signed=signed), None, error.code)


def _fetch(desk: Desk) -> PolicySourceError | None:
    """A source that does not answer keeps what was fetched before readable, and is told."""
    try:
        desk.source.fetch()
    except PolicySourceError as error:
        return error
    return None


def _approved(desk: Desk) -> Approved:
    """What the journal's approvals cover, less what of them is used up."""
    consumed = desk.catalog.consumed()
    given = [remaining(found.entry.lines, found.at, consumed) for found in desk.catalog.approvals()]
    return lambda lines: covers(given, lines)


def _since(desk: Desk, code: str, now: datetime, record: bool) -> datetime:
    """Since when the head has had this trouble; remembered in the cache, so it survives a restart."""
    key, known = "policy-trouble", desk.catalog.recall("policy-trouble")
    if known and known.split(" ")[0] == code:
        return datetime.fromisoformat(known.split(" ")[1])
    if record and (known or code):
        desk.catalog.remember(key, f"{code} {now.isoformat()}" if code else "")
    return now
