"""Puts each listed snapshot together with what the journal knows of it: the backups of assets, and orphans."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from reconciler.catalog.facts import rows
from reconciler.catalog.facts.making import Heap, Known, Place, Said
from reconciler.catalog.facts.rows import Judged, Raw
from reconciler.catalog.listings.snapshots import origin_key
from reconciler.catalog.listings.tables import SNAPSHOTS
from reconciler.observed.backup import Verdict
from reconciler.observed.backups import Backups
from reconciler.observed.identify import Identification, Ownership, identify, whose
from reconciler.observed.listing import Snapshot
from reconciler.policy.resolved import ResolvedPolicy

_KEY = itemgetter(2, 3, 4)
"""Of a raw row: identity, repository and origin, which tell whose it is."""


@dataclass(frozen=True, slots=True)
class Found:
    """Backups newest first: of placed assets, and of those that the policy no longer places there."""

    placed: dict[Place, Backups] = field(default_factory=dict)
    orphaned: dict[Place, Backups] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows that are somebody's, all of one identity, origin and repository; ``place`` where they are gathered."""

    whose: Identification
    name: str
    place: Place
    orphaned: bool
    rows: list[Raw]


@dataclass(frozen=True, slots=True)
class _Claims:
    """Which backups a policy's assets claim: by name, and by adopt rules, here by the key of an origin."""

    ownership: Ownership
    rules: Mapping[str, tuple[str, ...]]


def find(
    connection: Connection, policy: ResolvedPolicy, assets: Collection[str] | None, orphans: Collection[str] = ()
) -> Found:
    """The backups of these assets and of these orphaned identities, or of all; those of others are not read."""
    claims = _claims(policy)
    found_rows = rows.snapshots(connection, policy, assets, orphans, adopting=bool(claims.rules))
    groups = list(_groups(found_rows, policy, claims))
    known = Known(policy, rows.accepted(connection), rows.keeping(connection), ZoneInfo(policy.settings.time_zone))
    verdicts = _verdicts(connection, groups, everything=assets is None)
    begun = _begun(connection, groups, verdicts)
    heaps: dict[tuple[bool, Place], Heap] = {}
    for group in groups:
        key = (group.orphaned, group.place)
        heap = heaps.get(key)
        if heap is None:
            heap = heaps[key] = Heap(group.name, known)
        heap.rows.extend(group.rows)
        heap.said.update(_odd(group, known, verdicts, begun))
    found = Found()
    for (out_of_place, place), heap in heaps.items():
        (found.orphaned if out_of_place else found.placed)[place] = heap.backups()
    return found


def orphaned(
    connection: Connection, policy: ResolvedPolicy, identities: Collection[str] | None = None
) -> frozenset[str]:
    """Of these identities of the policy, or of all, those of which backups lie where it does not place them."""
    columns = SNAPSHOTS.c
    query = select(columns.identity, columns.repository).distinct()
    if identities is None:
        query = query.where(columns.identity.startswith(policy.identity(""), autoescape=True))
    else:
        query = query.where(columns.identity.in_(sorted(identities)))
    placed = {(policy.identity(a.name), place.repository) for a in policy.assets.values() for place in a.placements}
    return frozenset(row.identity for row in connection.execute(query) if (row.identity, row.repository) not in placed)


_held: list[tuple[ResolvedPolicy, _Claims]] = []
"""Of the policy that was asked about last: each backup of a pass asks about the same one."""


def _claims(policy: ResolvedPolicy) -> _Claims:
    for known, claims in _held:
        if known is policy:
            return claims
    rules: dict[str, tuple[str, ...]] = {}
    for name, asset in sorted(policy.assets.items()):
        if asset.adopt:
            key = origin_key(asset.adopt.host, asset.adopt.paths)
            rules[key] = (*rules.get(key, ()), name)
    made = _Claims(Ownership.of(policy), rules)
    _held[:] = [(policy, made)]
    return made


def _groups(found: Collection[Raw], policy: ResolvedPolicy, claims: _Claims) -> Iterator[_Group]:
    ownership, rules = claims.ownership, claims.rules
    for (identity, repository, origin), some in groupby(found, _KEY):
        named = ownership.named_by(identity or "")
        known = whose(named, rules.get(origin, ()), ownership)
        owner = known.asset or known.orphan
        if owner is None:
            continue
        if policy.places(owner, repository):
            yield _Group(known, owner, (owner, repository), False, list(some))
        elif named is not None:
            # Also an asset that is still named, but no longer placed in this repository.
            yield _Group(known, owner, (policy.identity(owner), repository), True, list(some))


def _verdicts(connection: Connection, groups: Collection[_Group], *, everything: bool) -> dict[str, Raw]:
    """By lineage: those of the assets are read side by side, the few that others were given one by one."""
    found = rows.verdicts(connection, None if everything else {group.name for group in groups})
    unjudged = [lineage for group in groups for row in group.rows if (lineage := row[5] or row[1]) not in found]
    return found if everything or not unjudged else found | rows.verdicts_of(connection, unjudged)


def _begun(connection: Connection, groups: Collection[_Group], verdicts: dict[str, Raw]) -> frozenset[str]:
    """The attempts that began here and left no verdict, of backups that a rule would count."""
    counting = (row for group in groups if group.whose.counts for row in group.rows)
    return rows.begun(connection, [row[6] for row in counting if row[6] and (row[5] or row[1]) not in verdicts])


def _odd(group: _Group, known: Known, verdicts: dict[str, Raw], begun: Collection[str]) -> Iterator[tuple[str, Said]]:
    """What is to be said of each that is not simply complete, by id."""
    name, adopted, keeping, judged_as = group.name, group.whose.adopted, known.keeping, verdicts.get
    for row in group.rows:
        _, id_, _, _, _, original, attempt, size, files, tags, restored_at, invalidated_at = row
        judged = judged_as(original or id_)
        if (
            judged is None
            or judged[2] != _COMPLETE
            or judged[3]
            or not (adopted or judged[1] == name)
            or size is None
            or files is None
            or tags
            or restored_at
            or invalidated_at
            or attempt in keeping
        ):
            yield id_, Said(group.whose, Judged(*judged) if judged else None, attempt in begun)


_COMPLETE = Verdict.COMPLETE.value


def ours(snapshots: Iterator[Snapshot], policy: ResolvedPolicy) -> frozenset[str]:
    """The ids of those that belong to the policy, its orphans included."""
    ownership = Ownership.of(policy)
    return frozenset(snapshot.id for snapshot in snapshots if identify(snapshot, ownership).ours)
