"""What the checks look at: the open desk and the policy in force, or the one that the first pass would take."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.observed.facts import ClockFacts, PolicyFacts
from reconciler.operations import known
from reconciler.operations.clocks import clock_jump
from reconciler.operations.desk import Desk
from reconciler.operations.observing import repositories_of
from reconciler.operations.places import in_force
from reconciler.operations.policy_update import update_policy
from reconciler.policy.models.repository import RepositorySpec
from reconciler.policy.resolved import ResolvedPolicy


@dataclass(frozen=True, slots=True)
class Scene:
    """``begun``: a policy has been enforced here. ``policy`` is None when none can be read at all."""

    desk: Desk
    facts: PolicyFacts
    policy: ResolvedPolicy | None
    begun: bool

    @property
    def repositories(self) -> dict[str, RepositorySpec]:
        """Those that this host uses or keeps, by name."""
        if self.policy is None:
            return {}
        used = repositories_of(self.policy, self.desk.settings.host)
        return {name: self.policy.repositories[name] for name in used}

    def vanished(self, repository: str) -> tuple[str, ...]:
        """Backups gone from there that nobody deleted or explained."""
        if self.policy is None:
            return ()
        facts = self.desk.catalog.facts(self.policy, self.desk.clock.now(), (), repositories=(repository,))
        return facts.repository(repository).vanished

    @property
    def clock(self) -> ClockFacts:
        """What the journal and the boot clock say of the time."""
        return ClockFacts(self.desk.catalog.journal.newest_time(), clock_jump(self.desk))


def scene_of(desk: Desk) -> Scene:
    """The scene as it is stored; nothing is fetched or journalled."""
    begun = desk.catalog.enforced() is not None
    state = update_policy(desk, fetch=False, record=False)
    policy = in_force(desk, state.policy) if state.policy else None
    return Scene(desk, state.facts, policy, begun)


def known_repository(scene: Scene, name: str) -> None:
    """Raises UsageError when the policy is known and has no repository of that name."""
    if scene.policy is not None:
        known.known_repository(scene.policy, name)
