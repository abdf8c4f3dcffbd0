"""A lowering with the backups that it lets go: what is shown, offered and approved together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from reconciler.catalog.catalog import Catalog
from reconciler.observed.facts import PendingFacts
from reconciler.policy.approval import checksum, deletion_line, short
from reconciler.policy.enforce import PendingBlock
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.retention.decide import Floor, Terms, decide
from reconciler.settings import HostSettings


@dataclass(frozen=True, slots=True)
class Waiting:
    """A block that waits: its lowering lines, the lines of the backups it would let go, and why."""

    block: str
    lines: tuple[str, ...]
    deletions: tuple[str, ...]
    why: str

    @property
    def all_lines(self) -> tuple[str, ...]:
        """What one approval covers."""
        return tuple(sorted({*self.lines, *self.deletions}))

    @property
    def checksum(self) -> str:
        """What is approved; empty when the block lowers nothing and waits for others."""
        return checksum(self.all_lines) if self.lines else ""

    @property
    def change(self) -> str:
        """A name for what it lowers, whichever backups that would let go today."""
        return short(checksum(self.lines))

    def facts(self, since: datetime) -> PendingFacts:
        """The same for planning; ``since`` when it has been waiting."""
        return PendingFacts(self.block, self.checksum, self.all_lines, self.why, since, self.change)


def waiting_blocks(
    catalog: Catalog,
    settings: HostSettings,
    policy: ResolvedPolicy,
    candidate: ResolvedPolicy,
    pending: Iterable[PendingBlock],
    now: datetime,
) -> tuple[Waiting, ...]:
    """Every block that stays as enforced, with the backups that its approval would let go."""
    floor = Floor(settings.floor.minimum_restored, settings.floor.minimum_age)
    found = []
    for block in pending:
        kind, _, name = block.block.partition("/")
        gone = _let_go(catalog, policy, candidate, name, floor, now) if kind == "asset" else ()
        lines = tuple(row.line for row in block.lowerings)
        found.append(Waiting(block.block, lines, gone, block.why))
    return tuple(found)


def _let_go(
    catalog: Catalog, policy: ResolvedPolicy, candidate: ResolvedPolicy, name: str, floor: Floor, now: datetime
) -> tuple[str, ...]:
    """The lines of backups that the new retention drops and the enforced one keeps."""
    new = candidate.assets.get(name)
    old = policy.assets.get(name)
    if new is None or old is None:
        return ()
    observed = catalog.facts(policy, now, (name,))
    zone = ZoneInfo(candidate.settings.time_zone)
    lines = []
    for place in new.placements:
        before = next((found for found in old.placements if found.repository == place.repository), None)
        if before is None or before.retention == place.retention:
            continue
        backups = observed.placement(name, place.repository).backups
        kept = {kept.backup.id for kept in decide(backups, Terms(before.retention, zone, floor), now).kept}
        dropped = decide(backups, Terms(place.retention, zone, floor), now).dropped
        lines += [deletion_line(place.repository, row.backup.id) for row in dropped if row.backup.id in kept]
    return tuple(sorted(lines))
