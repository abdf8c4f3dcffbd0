"""Marks, forgets and prunes: intent first, ids only, a listing afterwards, never more than was planned."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconciler.errors import EngineFailed
from reconciler.execution.attempts import Intent, attempt
from reconciler.execution.budget import new_balance
from reconciler.execution.hands import Hands
from reconciler.execution.observe import look
from reconciler.kit.lanes import Mode
from reconciler.obligations.actions import Forget, Mark, Prune
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.entries import (
    AttemptEnded,
    Consumed,
    Entry,
    ExpiredBackup,
    ForgetIntended,
    Forgotten,
    Marked,
    Unmarked,
)
from reconciler.views.plurals import counted

Recheck = Callable[[str], Sequence[Forget]]
"""The forgets of a repository that a plan made just now, from a fresh listing, still allows."""


def mark(hands: Hands, action: Mark) -> str:
    """Note in the journal that backups have expired, or that marks lapsed. Nothing is deleted."""
    entries: list[Entry] = []
    if action.lapsed:
        entries.append(Unmarked(asset=action.asset, repository=action.repository, backups=action.lapsed))
    if action.backups:
        expired = tuple(
            ExpiredBackup(backup=found.id, time=found.time, why=found.why, charged=found.charged)
            for found in action.backups
        )
        entries.append(Marked(asset=action.asset, repository=action.repository, backups=expired))
        used = hands.catalog.approved_lines() & {f"{action.repository} {found.id}" for found in action.backups}
        if used:
            entries.append(Consumed(lines=tuple(sorted(used))))
    charged = sum(1 for found in action.backups if found.charged)
    entries += new_balance(hands, action.asset, action.repository, marked=charged)
    # One step, so that a crash never leaves a mark that was not charged.
    hands.record(*entries)
    lapsed = f", {counted(len(action.lapsed), 'mark')} lapsed" if action.lapsed else ""
    return f"{len(action.backups)} marked as expired{lapsed}"


def forget(hands: Hands, repository: str, wanted: Sequence[Forget], recheck: Recheck) -> str:
    """Forget what is both wanted and still allowed after a fresh listing, in one call for the repository."""
    with hands.lanes.lease(repository, Mode.EXCLUSIVE, verb="forget", stop=hands.stop):
        seen = look(hands, repository, thorough=True)
        if seen.error:
            raise seen.error
        allowed = {backup.id for action in recheck(repository) for backup in action.backups}
        ids = tuple(sorted({backup.id for action in wanted for backup in action.backups} & allowed))
        if not ids:
            return "nothing may be forgotten any more"
        hands.record(ForgetIntended(repository=repository, backups=ids))
        attempt(hands, Intent(Verb.FORGET, repository), lambda mark: _forget(hands, repository, ids, mark))
    return f"{len(ids)} forgotten"


def _forget(hands: Hands, repository: str, ids: tuple[str, ...], mark: str) -> AttemptEnded:
    opened = hands.open(repository)
    hands.engine.forget(opened, ids)
    left = hands.engine.ids(opened) & set(ids)
    gone = tuple(found for found in ids if found not in left)
    if gone:
        hands.record(Forgotten(repository=repository, backups=gone))
    seen = look(hands, repository, thorough=True)
    if seen.error:
        raise seen.error
    if left:
        # Append-only storage: the engine exits 0 and lists as removed what still exists.
        raise EngineFailed(
            f"forgotten, and still there: {counted(len(left), 'backup')}; the storage refuses deletions",
            remedy=f"give the keeper the right to delete, or set keeper: none on repository {repository}",
            subject=repository,
        )
    return AttemptEnded(attempt=mark, verb=Verb.FORGET, repository=repository, outcome=Outcome.SUCCEEDED)


def prune(hands: Hands, action: Prune, repack_at_most: int | None) -> str:
    """Reclaim the space of what was forgotten."""

    def act(mark: str) -> AttemptEnded:
        hands.engine.prune(hands.open(action.repository), repack_at_most)
        return AttemptEnded(attempt=mark, verb=Verb.PRUNE, repository=action.repository, outcome=Outcome.SUCCEEDED)

    with hands.lanes.lease(action.repository, Mode.EXCLUSIVE, verb="prune", stop=hands.stop):
        ended = attempt(hands, Intent(Verb.PRUNE, action.repository), act)
    look(hands, action.repository, thorough=True)
    return f"space reclaimed, {ended.seconds:.0f}s"
