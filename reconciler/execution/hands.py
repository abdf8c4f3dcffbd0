"""What the runner works with: one value handed down instead of globals."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.catalog.catalog import Catalog
from reconciler.engines.protocol import Engine, OpenRepository
from reconciler.execution.board import Board, QuietBoard
from reconciler.execution.opening import open_repository
from reconciler.kit.clock import Clock, SystemClock
from reconciler.kit.lanes import Lanes, Lead
from reconciler.kit.trails import Trails
from reconciler.observed.entries import Entry
from reconciler.observed.facts import PlacementFacts
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.settings import HostSettings


def _leads_nobody() -> None:
    """Whoever only makes one backup need not lead."""


@dataclass(slots=True)
class Hands:
    """The policy in force, the catalog, the engine, the clock, the lanes and the trails of one pass.

    ``stop`` set means drain: nothing new starts. ``interrupt`` set means that running engines end now. ``must_lead``
    is asked before each action, and raises LeaderElsewhere.
    """

    settings: HostSettings
    policy: ResolvedPolicy
    catalog: Catalog
    engine: Engine
    clock: Clock
    lanes: Lanes
    trails: Trails
    environment: Mapping[str, str]
    render: Callable[[], object]
    stop: threading.Event = field(default_factory=threading.Event)
    board: Board = field(default_factory=QuietBoard)
    must_lead: Lead = _leads_nobody
    _open: dict[str, OpenRepository] = field(default_factory=dict)

    def open(self, name: str) -> OpenRepository:
        """The repository with its secrets, read once a pass."""
        if name not in self._open:
            self._open[name] = open_repository(name, self.policy.repositories[name], self.environment)
        return self._open[name]

    def dated(self) -> datetime | None:
        """The time to give to a backup: none where the clock is the machine's, since the engine knows it too."""
        return None if isinstance(self.clock, SystemClock) else self.clock.now()

    def close_all(self) -> None:
        """Forget the secrets, so that the next pass reads them again."""
        self._open.clear()

    def record(self, *entries: Entry) -> None:
        """Append to the journal, synced, from any thread."""
        self.catalog.record(entries, self.clock.now())

    def placement(self, asset: str, repository: str) -> PlacementFacts:
        """What is known now of an asset in a repository."""
        return self.catalog.placement(self.policy, asset, repository)
