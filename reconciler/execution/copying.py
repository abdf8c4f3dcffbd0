"""Copies backups from one repository into another, and believes only the target's own listing."""

from __future__ import annotations

from reconciler.engines.protocol import OnProgress
from reconciler.errors import EngineLied
from reconciler.execution.attempts import Intent, attempt
from reconciler.execution.budget import new_balance
from reconciler.execution.hands import Hands
from reconciler.execution.observe import distrust, look
from reconciler.execution.proving import differing_copies
from reconciler.kit.lanes import Mode
from reconciler.obligations.actions import Copy
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.backup import Backup
from reconciler.observed.entries import AttemptEnded, Invalidated


def copy(hands: Hands, action: Copy, on_progress: OnProgress) -> str:
    """Do it; gives one line for the board. Raises a ReconcilerError; the attempt is journalled either way."""
    ids = {backup.id for backup in action.backups}
    held = hands.placement(action.asset, action.origin).backups
    wanted = frozenset(backup.lineage for backup in held if backup.id in ids)
    intent = Intent(Verb.COPY, action.repository, action.asset, action.slot, copied=tuple(sorted(wanted)))
    first, second = sorted((action.origin, action.repository))
    verb = f"copy {action.asset}"
    with (
        hands.lanes.lease(first, Mode.SHARED, verb=verb, stop=hands.stop),
        hands.lanes.lease(second, Mode.SHARED, verb=verb, stop=hands.stop),
    ):
        ended = attempt(
            hands,
            intent,
            lambda mark: _act(hands, action, wanted, mark, on_progress),
            lambda _ended: new_balance(hands, action.asset, action.repository, became_counted=len(action.backups)),
        )
    return f"{len(action.backups)} copied from {action.origin}, {ended.seconds:.0f}s"


def _act(hands: Hands, action: Copy, wanted: frozenset[str], mark: str, on_progress: OnProgress) -> AttemptEnded:
    before = hands.catalog.known_ids(action.repository)
    arrived = _copied(hands, action, before, on_progress)
    if not wanted <= arrived.keys():
        # A target that lost what the cache still holds is told to have it already: it is asked once past the cache.
        arrived = _copied(hands, action, before, on_progress, cached=False)
    missing = sorted(wanted - arrived.keys())
    if missing:
        # What came instead may be listed wrongly: it is asked for again.
        distrust(hands, action.repository, hands.catalog.known_ids(action.repository) - before)
        raise EngineLied(
            f"the engine said that it copied {missing[0][:12]}, but {action.repository} does not list it",
            remedy="the next pass copies it again",
            subject=action.asset,
        )
    newest = max((arrived[lineage] for lineage in wanted), key=lambda backup: backup.time)
    return AttemptEnded(
        attempt=mark,
        verb=Verb.COPY,
        repository=action.repository,
        asset=action.asset,
        outcome=Outcome.SUCCEEDED,
        backup=newest.id,
        files=newest.files,
        size=newest.size,
    )


def _copied(
    hands: Hands, action: Copy, before: frozenset[str], on_progress: OnProgress, *, cached: bool = True
) -> dict[str, Backup]:
    """Copy, look at the target, and see whether it is the same; gives all that it holds of the asset, by lineage."""
    origin, target = hands.open(action.origin), hands.open(action.repository)
    hands.engine.copy(origin, target, [backup.id for backup in action.backups], on_progress, cached=cached)
    seen = look(hands, action.repository, thorough=True)
    if seen.error:
        raise seen.error
    _prove(hands, action, before)
    return {backup.lineage: backup for backup in hands.placement(action.asset, action.repository).backups}


def _prove(hands: Hands, action: Copy, before: frozenset[str]) -> None:
    """What came is what was to be copied. What differs, also when it is listed once more, is noted as bad."""
    originals = hands.catalog.listed(action.origin, [backup.id for backup in action.backups])
    fresh = sorted(hands.catalog.known_ids(action.repository) - before)
    if not differing_copies(originals, hands.catalog.listed(action.repository, fresh)):
        return
    distrust(hands, action.repository, fresh)
    seen = look(hands, action.repository, thorough=True)
    if seen.error:
        raise seen.error
    differing = differing_copies(originals, hands.catalog.listed(action.repository, fresh))
    for backup, why in differing.items():
        hands.record(Invalidated(repository=action.repository, backup=backup, why=f"a copy with {why}"))
    if differing:
        backup, why = next(iter(differing.items()))
        raise EngineLied(
            f"the copy {backup[:12]} in {action.repository} has {why} than what it is a copy of",
            remedy="it counts for nothing, and is copied again",
            subject=action.asset,
        )
