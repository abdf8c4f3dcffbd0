"""One pass: the policy in force, the world observed, a plan, its actions; again until nothing is left to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from reconciler.execution.board import Board, QuietBoard
from reconciler.execution.executor import Done, Executor
from reconciler.execution.hands import Hands
from reconciler.execution.settling import end_orphans, settle
from reconciler.obligations.actions import Action, BackUp, Forget, Key, Render, key
from reconciler.obligations.builtin import state_asset
from reconciler.obligations.parts import parts_of
from reconciler.observed.facts import Observed
from reconciler.operations.beginning import begin_journal, notice_loss
from reconciler.operations.clocks import note_clock
from reconciler.operations.desk import Desk
from reconciler.operations.handing import hands_of
from reconciler.operations.observing import look_at_all, repositories_of, want_placements
from reconciler.operations.offering import record_offers
from reconciler.operations.places import export_state, in_force
from reconciler.operations.policy_state import PolicyState
from reconciler.operations.policy_update import candidate_of, update_policy
from reconciler.operations.standing import plan_now, world_of
from reconciler.plan.plan import Plan
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.settings import HostSettings

MOST_ROUNDS = 6
"""A pass plans again after acting, so that a copy follows its backup; what is left then waits for the next pass."""

Tried = tuple[Key, tuple[str, ...]]
Wanted = Callable[[Action], bool]
Examine = Callable[[Plan], None]


def _tried(action: Action) -> Tried:
    """What is not tried twice in a pass: the same action on the same backups."""
    return key(action), tuple(backup.id for backup in parts_of(action)[3])


def everything(_action: Action) -> bool:
    """Run whatever the plan says."""
    return True


def accept(_plan: Plan) -> None:
    """Any plan will do."""


@dataclass(frozen=True, slots=True)
class PassResult:
    """What a pass did. ``plan`` is the last one made, from ``policy`` (with the built-in asset) and ``observed``;
    None while no policy is in force."""

    state: PolicyState
    plan: Plan | None
    done: tuple[Done, ...] = ()
    notices: tuple[str, ...] = ()
    policy: ResolvedPolicy | None = None
    observed: Observed = field(default_factory=Observed)

    @property
    def failures(self) -> tuple[Done, ...]:
        """The actions that an error ended."""
        return tuple(found for found in self.done if found.error)


@dataclass(slots=True)
class Pass:
    """A pass under way. ``wanted`` narrows what is run; everything is still planned. ``examine`` sees the first
    plan before anything is done, and may refuse it."""

    desk: Desk
    board: Board = field(default_factory=QuietBoard)
    wanted: Wanted = everything
    examine: Examine = accept

    def run(self) -> PassResult:
        """The whole pass. Raises only what ends it as a whole (the catalog, the state folder)."""
        self.desk.must_lead()
        notices = [begin_journal(self.desk, lambda: candidate_of(self.desk))]
        state = update_policy(self.desk)
        if state.policy is None:
            return PassResult(state, None)
        policy = in_force(self.desk, state.policy)
        self.desk.catalog.note_settings(settings_fingerprint(self.desk.settings), self.desk.clock.now())
        want_placements(self.desk, policy)
        hands = hands_of(self.desk, policy, state, self.board)
        try:
            end_orphans(hands)
            looks = look_at_all(hands, repositories_of(policy, self.desk.settings.host))
            settle(hands, looks)
            notices.append(notice_loss(self.desk, policy))
            result = self._rounds(hands, policy, state)
            return replace(result, notices=tuple(notice for notice in notices if notice))
        finally:
            hands.close_all()
            note_clock(self.desk)

    def _rounds(self, hands: Hands, policy: ResolvedPolicy, state: PolicyState) -> PassResult:
        done: list[Done] = []
        tried: set[Tried] = set()
        plan = plan_now(self.desk, policy, state)
        self.examine(plan)
        for _round in range(MOST_ROUNDS):
            todo = self._next(plan, tried)
            if not todo or self.desk.drain.is_set():
                break
            tried |= {_tried(action) for action in todo}
            self._export_state(policy, todo)
            executor = Executor(hands, lambda name: self._recheck(name, policy, state))
            done += executor.run(todo)
            plan = plan_now(self.desk, policy, state)
            if executor.unrecorded:
                break
        record_offers(self.desk, plan, state)
        world = world_of(self.desk)
        world.keep()
        return PassResult(state, plan, tuple(done), policy=policy, observed=world.observed)

    def _next(self, plan: Plan, tried: set[Tried]) -> list[Action]:
        """What is left to try; pages come when nothing else is, so that they show the newest backups."""
        left = [action for action in plan.runnable if _tried(action) not in tried and self.wanted(action)]
        return [action for action in left if not isinstance(action, Render)] or left

    def _recheck(self, repository: str, policy: ResolvedPolicy, state: PolicyState) -> Sequence[Forget]:
        """Guards again, from what was listed a moment ago."""
        plan = plan_now(self.desk, policy, state)
        return [a for a in plan.runnable if isinstance(a, Forget) and a.repository == repository]

    def _export_state(self, policy: ResolvedPolicy, todo: Sequence[Action]) -> None:
        """The journal is copied just before it is backed up."""
        own = state_asset(policy, self.desk.settings.host)
        if any(isinstance(action, BackUp) and action.asset == own for action in todo):
            export_state(self.desk)


def settings_fingerprint(settings: HostSettings) -> str:
    """Changes when the host settings do: what failed for good before is worth another try then."""
    return sha256(settings.model_dump_json().encode()).hexdigest()
