"""Everything that a verb works with, opened from the host settings and closed again."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.catalog import open_catalog
from reconciler.catalog.catalog import Catalog
from reconciler.engines.protocol import Engine
from reconciler.engines.registry import make_engine
from reconciler.engines.restic.calls import ResticSettings
from reconciler.gitops.source import PolicySource
from reconciler.kit.clock import Clock, SystemClock
from reconciler.kit.fsio import own_folder, private_folder
from reconciler.kit.lanes import Lanes, Lead, leadership
from reconciler.kit.trails import Trails
from reconciler.observed.entries import Notified
from reconciler.operations.policy_state import Settled
from reconciler.operations.world import World
from reconciler.policy.cache import PolicyCache
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.settings import HostSettings


@dataclass(slots=True)
class Desk:
    """The host's settings, the policy source, the catalog, the engine, the lanes, the trails and the clock.

    ``drain`` set: nothing new starts. ``interrupt`` set: running engines end now. ``cache`` remembers
    the policy read last, ``world`` how every promise stands. ``wanted`` is the policy whose placements are journalled,
    ``built`` an enforced policy with the same and the built-in assets. ``settled`` is the head that is in force as it
    stands. ``unrecorded`` alerts were sent while the
    journal could not be written.
    """

    settings: HostSettings
    source: PolicySource
    catalog: Catalog
    engine: Engine
    lanes: Lanes
    trails: Trails
    clock: Clock
    environment: Mapping[str, str]
    drain: threading.Event = field(default_factory=threading.Event)
    interrupt: threading.Event = field(default_factory=threading.Event)
    cache: PolicyCache = field(default_factory=PolicyCache)
    world: World | None = None
    wanted: ResolvedPolicy | None = None
    built: tuple[ResolvedPolicy, ResolvedPolicy] | None = None
    settled: Settled | None = None
    unrecorded: list[Notified] = field(default_factory=list)
    leads: tuple[Lead, ...] = ()

    @property
    def state(self) -> Path:
        """The state folder."""
        return Path(self.settings.state)

    def must_lead(self) -> None:
        """Raises LeaderElsewhere when this desk was opened to lead and does so no more."""
        for lead in self.leads:
            lead()


@contextmanager
def open_desk(
    settings: HostSettings,
    *,
    verb: str,
    lead: bool = False,
    clock: Clock | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Desk]:
    """Open everything for a verb. With ``lead`` it holds the leader lock: only one loop or pass at a time.

    Raises LeaderElsewhere, CatalogError, and what the state folder's file system says.
    """
    clock = clock or SystemClock()
    given = os.environ if environment is None else environment
    state = private_folder(Path(settings.state))
    shared = own_folder(Path(settings.catalog_folder))
    interrupt = threading.Event()
    leads: list[Lead] = []
    with ExitStack() as stack:
        if lead:
            # Two states may share one catalog: whoever leads, leads on both.
            for folder in (state,) if state.samefile(shared) else (state, shared):
                leads.append(stack.enter_context(leadership(folder, clock, verb=verb)))
        catalog = stack.enter_context(open_catalog(settings.catalog, clock, lead=lead))
        yield Desk(
            settings=settings,
            source=PolicySource(settings.policy, state, clock, given),
            catalog=catalog,
            engine=make_engine("restic", restic_settings(settings), interrupt),
            lanes=Lanes(shared / "lanes", clock),
            trails=Trails(shared / "attempts"),
            clock=clock,
            environment=given,
            interrupt=interrupt,
            leads=tuple(leads),
        )


def restic_settings(settings: HostSettings) -> ResticSettings:
    """How restic is called on this host."""
    return ResticSettings(
        program=Path(settings.restic),
        cache=Path(settings.state) / "cache",
        stall=settings.deadlines.stall,
        listing=settings.deadlines.list,
    )
