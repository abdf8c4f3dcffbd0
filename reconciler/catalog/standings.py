"""What a pass reads instead of the whole world: how each promise stood, what was touched since, whose that is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from reconciler.catalog.database import Database
from reconciler.catalog.facts.backups import orphaned
from reconciler.catalog.listings import standings
from reconciler.catalog.listings.snapshots import origin_key
from reconciler.catalog.listings.tables import SNAPSHOTS
from reconciler.catalog.listings.touched import newest, since
from reconciler.catalog.projection.tables import PLACEMENTS
from reconciler.catalog.values import Standing
from reconciler.obligations.assessment import Promise
from reconciler.policy.resolved import ResolvedPolicy


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed up to ``seq``: of a policy's assets, and the tags of backups that changed.

    ``everything``: it is not known what.
    """

    seq: int
    everything: bool = False
    assets: frozenset[str] = frozenset()
    identities: frozenset[str] = frozenset()


class Standings:
    """The small tables of one catalog. Every method raises CatalogError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def changes(self, after: int, policy: ResolvedPolicy) -> Changes:
        """What was touched after a place. Reads one row when nothing was."""
        with self._database.reading() as connection:
            found = since(connection, after)
            if found.everything or found.seq == after:
                return Changes(found.seq, everything=found.everything)
            whose = _Whose(policy)
            backed = list(_of_backups(connection, found.backups))
            named = {*found.identities, *(identity for identity, _ in backed if identity)}
            origins = {*found.origins, *(origin for _, origin in backed)}
        mine = {name for identity in named if (name := whose.tagged(identity))}
        adopted = {name for origin in origins for name in whose.adopting(origin)}
        known = found.assets & policy.assets.keys()
        # What became of an orphan is noted under its name: a mark, an approval, an attempt of long ago.
        named |= {policy.identity(name) for name in found.assets}
        return Changes(found.seq, False, frozenset(mine | adopted | known), frozenset(named))

    def newest(self) -> int:
        """The place of the last change."""
        with self._database.reading() as connection:
            return newest(connection)

    def load(self, made_from: str, now: datetime) -> tuple[int, tuple[Standing, ...]] | None:
        """The rows and the place up to which they are true; None when they were made from something else, or later
        than ``now``."""
        with self._database.reading() as connection:
            known = standings.as_of(connection, made_from)
            if known is None or known[1] > now:
                return None
            return known[0], standings.load(connection)

    def save(
        self,
        changed: Collection[Standing],
        gone: Collection[Promise],
        as_of: tuple[int, datetime],
        made_from: str,
        *,
        anew: bool = False,
    ) -> None:
        """Keep what changed, and up to which place and when all rows are true. ``anew``: these are all there are."""
        with self._database.writing() as connection:
            if anew:
                standings.clear(connection)
            standings.save(connection, changed, () if anew else gone)
            standings.note_as_of(connection, as_of, made_from)

    def orphaned(self, policy: ResolvedPolicy, identities: Collection[str] | None = None) -> frozenset[str]:
        """Of these identities of a policy, or of all, those that have backups where it does not place them."""
        with self._database.reading() as connection:
            return orphaned(connection, policy, identities)

    def unwanted(self, policy: ResolvedPolicy) -> tuple[tuple[str, str], ...]:
        """The placements of a policy of which the journal does not know since when they are wanted."""
        query = select(PLACEMENTS.c.asset, PLACEMENTS.c.repository).where(PLACEMENTS.c.wanted_since.is_not(None))
        with self._database.reading() as connection:
            known = {(row.asset, row.repository) for row in connection.execute(query)}
        places = ((asset.name, place.repository) for asset in policy.assets.values() for place in asset.placements)
        return tuple(place for place in places if place not in known)


class _Whose:
    """To which asset a snapshot's tag, or the place that it comes from, may point."""

    def __init__(self, policy: ResolvedPolicy) -> None:
        self._policy = policy
        self._prefix = f"{policy.name}/"
        self._origins: dict[str, list[str]] = {}
        for asset in policy.assets.values():
            if asset.adopt:
                key = origin_key(asset.adopt.host, asset.adopt.paths)
                self._origins.setdefault(key, []).append(asset.name)

    def tagged(self, identity: str) -> str | None:
        name = identity.removeprefix(self._prefix)
        return name if name != identity and name in self._policy.assets else None

    def adopting(self, origin: str) -> list[str]:
        return self._origins.get(origin, [])


def _of_backups(connection: Connection, backups: Collection[str]) -> Iterator[tuple[str | None, str]]:
    for one in sorted(backups):
        repository, _, identifier = one.partition(" ")
        query = select(SNAPSHOTS.c.identity, SNAPSHOTS.c.origin)
        fits = query.where(SNAPSHOTS.c.repository == repository, SNAPSHOTS.c.id == identifier)
        yield from ((row.identity, row.origin) for row in connection.execute(fits))
