"""Settles attempts whose reconciler died: ends what still runs of them, then asks their trail and the listing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from reconciler.catalog.values import Recorded
from reconciler.errors import ReconcilerError
from reconciler.execution.backup import Birth, judged, told_by_trail
from reconciler.execution.budget import counts, new_balance
from reconciler.execution.hands import Hands
from reconciler.execution.observe import Look
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.entries import AttemptBegan, AttemptEnded, Entry

PATIENCE = timedelta(seconds=30)
"""An engine that outlived its reconciler may end by itself for so long; then it is asked to."""

GRACE = timedelta(seconds=10)


def end_orphans(hands: Hands, patience: timedelta = PATIENCE) -> None:
    """Engines of attempts that no living process runs are given a moment, then ended: two at one work, outside
    of each other's lanes, would do it twice. What they uploaded is found again by the next attempt.
    """
    begun = {found.entry.attempt: found.entry for found in hands.catalog.open_attempts()}
    for mark in hands.trails.left():
        if not hands.trails.lives(mark):
            if mark not in begun:
                hands.trails.remove(mark)
        elif mark in begun and not hands.lanes.holders(begun[mark].repository):
            _ = hands.trails.wait(mark, patience) or hands.trails.end(mark, GRACE)


def settle(hands: Hands, looks: Mapping[str, Look]) -> None:
    """Journal, once, how each dead attempt ended, after a look at every repository.

    A backup whose trail names it and which its repository lists is judged as if nothing had happened; a copy
    that arrived has arrived; whatever else is abandoned. Where the look failed, it waits for the next one.
    """
    settled = False
    for found in hands.catalog.open_attempts():
        look = looks.get(found.entry.repository)
        if hands.trails.lives(found.entry.attempt) or (look is not None and look.error is not None):
            continue
        hands.record(*_outcome(hands, found))
        hands.trails.remove(found.entry.attempt)
        settled = True
    if settled:
        _unlock(hands, [name for name, look in looks.items() if look.error is None])


def _unlock(hands: Hands, repositories: Iterable[str]) -> None:
    """Whoever was killed could not remove its locks, a copy's in two places; what stays is told by who meets it."""
    for name in repositories:
        with suppress(ReconcilerError):
            hands.engine.unlock(hands.open(name))


def _outcome(hands: Hands, found: Recorded[AttemptBegan]) -> Sequence[Entry]:
    begun = found.entry
    ended: Sequence[Entry] = ()
    if begun.asset in hands.policy.assets and begun.repository in hands.policy.repositories:
        if begun.verb is Verb.BACKUP:
            ended = _of_backup(hands, found, begun.asset)
        elif begun.verb is Verb.COPY:
            ended = _of_copy(hands, begun, begun.asset)
    return ended or [_abandoned(begun)]


def _of_backup(hands: Hands, recorded: Recorded[AttemptBegan], asset: str) -> Sequence[Entry]:
    found = recorded.entry
    birth = Birth(found.attempt, found.repository, found.request, read_all=found.read_all)
    said, report = told_by_trail(hands, asset, birth)
    if said is None or report is None:
        return []
    ended = judged(hands, hands.policy.assets[asset], birth, report)
    took = max((said.at - recorded.at).total_seconds(), 0)
    became = new_balance(hands, asset, found.repository, became_counted=int(counts(ended)))
    return [ended.model_copy(update={"seconds": round(took, 3)}), *became]


def _of_copy(hands: Hands, found: AttemptBegan, asset: str) -> Sequence[Entry]:
    held = hands.placement(asset, found.repository).backups
    arrived = [backup for backup in held if backup.lineage in found.copied]
    if not arrived or len({backup.lineage for backup in arrived}) < len(found.copied):
        return []
    newest = max(arrived, key=lambda backup: backup.time)
    ended = AttemptEnded(
        attempt=found.attempt,
        verb=Verb.COPY,
        repository=found.repository,
        asset=asset,
        outcome=Outcome.SUCCEEDED,
        backup=newest.id,
        files=newest.files,
        size=newest.size,
    )
    return [ended, *new_balance(hands, asset, found.repository, became_counted=len(arrived))]


def _abandoned(found: AttemptBegan) -> AttemptEnded:
    return AttemptEnded(
        attempt=found.attempt,
        verb=found.verb,
        repository=found.repository,
        asset=found.asset,
        outcome=Outcome.ABANDONED,
        code="abandoned",
        message="the process that ran it died before it could say how it ended",
        request=found.request,
    )
