"""Looks at repositories and stores what they hold: cheaply when nothing changed, completely when in doubt."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from reconciler.catalog.values import ListingChange, RepositoryLook
from reconciler.engines.protocol import OpenRepository
from reconciler.errors import (
    ReconcilerError,
    RepositoryChanged,
    RepositoryMissing,
    RepositoryUnreachable,
    SecretExposed,
    SecretMissing,
    WrongPassword,
)
from reconciler.execution.hands import Hands
from reconciler.observed.entries import RepositoryPinned, Vanished
from reconciler.observed.facts import Reach
from reconciler.observed.listing import Snapshot

_REACH: dict[type[ReconcilerError], Reach] = {
    RepositoryMissing: Reach.MISSING,
    RepositoryUnreachable: Reach.UNREACHABLE,
    RepositoryChanged: Reach.CHANGED,
    WrongPassword: Reach.REFUSED,
    SecretMissing: Reach.REFUSED,
    SecretExposed: Reach.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found. ``changed``: the listing is another than before."""

    reach: Reach
    changed: bool = False
    error: ReconcilerError | None = None


def look(hands: Hands, name: str, *, thorough: bool = False) -> Look:
    """Look at one repository and store what was found; never raises for what the repository does.

    An unchanged fingerprint ends the look at once unless ``thorough``, and so does one that only our own confirmed
    backups have changed. Anything that cannot be read makes
    the facts incomplete: the listing of before stays, and is known to be old.
    """
    try:
        repository = hands.open(name)
        fingerprint = hands.engine.fingerprint(repository)
        before = hands.catalog.fingerprint(name)
        if not thorough and fingerprint and before == fingerprint:
            return Look(Reach.READY)
        if not thorough and fingerprint and before and _is_only_ours(hands, repository, before, fingerprint):
            return Look(Reach.READY)
        if not thorough and fingerprint is None and _is_as_known(hands, repository):
            return Look(Reach.READY)
        return _list(hands, repository, fingerprint)
    except ReconcilerError as error:
        return Look(_store_trouble(hands, name, error, Reach.UNREACHABLE), changed=True, error=error)


def note_trouble(hands: Hands, name: str, error: ReconcilerError) -> None:
    """An action met what a cheap look could not see (a wrong passphrase, a missing repository): it is known now."""
    reach = _REACH.get(type(error))
    if reach and name in hands.policy.repositories:
        _store_trouble(hands, name, error, reach)


def _store_trouble(hands: Hands, name: str, error: ReconcilerError, otherwise: Reach) -> Reach:
    reach = _REACH.get(type(error), otherwise)
    if reach is Reach.MISSING and hands.catalog.pinned(name) is None:
        reach = Reach.NEVER_SEEN
    look = RepositoryLook(name, reach, hands.clock.now(), code=error.code, message=str(error))
    hands.catalog.store_look(look)
    return reach


def store_made(hands: Hands, name: str, snapshot: Snapshot) -> None:
    """Store one new backup that the repository itself has just listed; the next look lists what else changed."""
    hands.catalog.store_snapshot(name, snapshot)


def distrust(hands: Hands, name: str, ids: Collection[str]) -> None:
    """Forget what was listed of these ids, so that the next look asks for them again."""
    pinned = hands.catalog.pinned(name)
    if pinned is not None and ids:
        hands.catalog.store_listing(ListingChange(name, pinned, hands.clock.now(), removed=frozenset(ids)))


def _is_only_ours(hands: Hands, repository: OpenRepository, before: str, fingerprint: str) -> bool:
    """What is stored there is what is known, each listed by the repository when it was made: nothing is to be asked."""
    pinned = hands.catalog.pinned(repository.name)
    known = hands.catalog.known_ids(repository.name)
    if pinned is None or not hands.engine.holds_exactly(repository, before, known):
        return False
    hands.catalog.store_listing(ListingChange(repository.name, pinned, hands.clock.now(), fingerprint=fingerprint))
    _measure(hands, repository, pinned)
    return True


def _is_as_known(hands: Hands, repository: OpenRepository) -> bool:
    """Where no fingerprint can be taken, the ids are asked for: snapshots with the ids of known ones are those.

    So their repository is the pinned one, and its identity is worth no second call.
    """
    pinned = hands.catalog.pinned(repository.name)
    trusted = hands.settings.trust.repositories.get(repository.name, "")
    known = hands.catalog.known_ids(repository.name)
    if pinned is None or not pinned.startswith(trusted) or not known or hands.engine.ids(repository) != known:
        return False
    hands.catalog.store_listing(ListingChange(repository.name, pinned, hands.clock.now()))
    _measure(hands, repository, pinned)
    return True


def _list(hands: Hands, repository: OpenRepository, fingerprint: str | None) -> Look:
    """Identity first, then which snapshots exist, then only the new ones' contents."""
    name, now = repository.name, hands.clock.now()
    engine_id = _pin(hands, repository)
    stored = hands.engine.ids(repository)
    known = hands.catalog.known_ids(name)
    fresh = sorted(stored - known)
    read = hands.engine.snapshots(repository, None if not known else fresh) if fresh else ()
    added = [snapshot for snapshot in read if snapshot.id in stored]
    damaged = tuple(sorted(set(fresh) - {snapshot.id for snapshot in added}))
    gone = known - stored
    vanished = hands.catalog.vanished(name, gone, hands.policy) if gone else ()
    if vanished:
        hands.record(Vanished(repository=name, backups=vanished))
    change = ListingChange(name, engine_id, now, tuple(added), gone, damaged, fingerprint)
    hands.catalog.store_listing(change)
    _measure(hands, repository, engine_id)
    return Look(Reach.READY, changed=bool(added or gone or damaged))


def _measure(hands: Hands, repository: OpenRepository, engine_id: str) -> None:
    space = hands.engine.space(repository)
    hands.catalog.store_look(
        RepositoryLook(
            repository.name,
            Reach.READY,
            hands.clock.now(),
            seen=engine_id,
            total=space.total if space else None,
            free=space.free if space else None,
        )
    )


def _pin(hands: Hands, repository: OpenRepository) -> str:
    """The id must be the pinned one; the first one ever seen is pinned. Raises RepositoryChanged."""
    name = repository.name
    found = hands.engine.identity(repository)
    pinned = hands.catalog.pinned(name)
    trusted = hands.settings.trust.repositories.get(name)
    if trusted and found.startswith(trusted):
        if pinned != found:
            hands.record(RepositoryPinned(repository=name, engine_id=found, how="trusted"))
    elif pinned is None:
        # After a loss nothing tells whether this is the right one: backups go on, deletions wait for `trust:`.
        if not hands.catalog.journal_lost:
            hands.record(RepositoryPinned(repository=name, engine_id=found, how="first seen"))
    elif pinned != found:
        raise RepositoryChanged(
            f"its id is {found[:12]}, but {pinned[:12]} is pinned: it was swapped, rolled back or made anew",
            remedy=f"find out why; to accept it, set trust.repositories.{name}: {found} in the host settings",
            subject=name,
        )
    return found
