"""Backs up one asset because a person asks, with the same proof and the same journal as any backup."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from reconciler.errors import ReconcilerError, UsageError
from reconciler.execution.backup import Manual
from reconciler.execution.board import Board
from reconciler.execution.executor import Done, Executor
from reconciler.execution.hands import Hands
from reconciler.execution.observe import look
from reconciler.obligations.actions import BackUp, Initialise
from reconciler.obligations.builtin import state_asset
from reconciler.obligations.codes import Code
from reconciler.observed.facts import PolicyFacts, Reach
from reconciler.observed.reason import Reason
from reconciler.operations.desk import Desk
from reconciler.operations.handing import hands_of
from reconciler.operations.known import known_asset
from reconciler.operations.places import export_state, in_force
from reconciler.operations.policy_state import PolicyState
from reconciler.policy.resolved import ResolvedAsset, ResolvedPolicy


@dataclass(frozen=True, slots=True)
class BackupOrder:
    """What is asked for. ``at`` dates the backup otherwise than now; ``repository`` None: every original one."""

    asset: str
    by: str
    reason: str = ""
    repository: str | None = None
    keep_until: date | None = None
    at: datetime | None = None
    read_all: bool = False


def back_up_now(desk: Desk, board: Board, order: BackupOrder) -> tuple[Done, ...]:
    """Make it in each wanted repository. Raises UsageError for words that make no sense."""
    if order.at is not None and order.at > desk.clock.now():
        raise UsageError("a backup is never dated in the future", remedy="leave out --at, or name a time that has been")
    state = _in_force(desk)
    policy = in_force(desk, state.policy)
    asset = _asset(policy, order.asset, desk.settings.host, state.revision)
    if asset.name == state_asset(policy, desk.settings.host):
        export_state(desk)
    hands = hands_of(desk, policy, PolicyState(policy, PolicyFacts(applied=state.revision)), board)
    manual = Manual(order.at, order.keep_until, f"{order.by}: {order.reason}" if order.reason else order.by)
    executor = Executor(hands, lambda _repository: (), manual)
    done: list[Done] = []
    for name in _places(asset, order):
        done += executor.run(_ready(hands, name, asset))
        done += executor.run([_action(hands, desk, order, name)])
    return tuple(done)


@dataclass(frozen=True, slots=True)
class _Enforced:
    revision: str
    policy: ResolvedPolicy


def _in_force(desk: Desk) -> _Enforced:
    """The policy as a pass enforced it last: only what leads may enforce one, and a loop may be leading now."""
    stored = desk.catalog.enforced()
    if stored is None:
        raise UsageError("no policy is enforced yet", remedy="run: reconciler reconcile")
    return _Enforced(*stored)


def _asset(policy: ResolvedPolicy, name: str, host: str, revision: str) -> ResolvedAsset:
    try:
        known_asset(policy, name)
    except UsageError as error:
        raise UsageError(
            f"{error.what} in the policy in force (revision {revision[:12]})",
            remedy=f"{error.remedy}; a new one comes into force with: reconciler reconcile",
        ) from None
    asset = policy.assets[name]
    if asset.host != host:
        raise UsageError(f"{name} is on {asset.host}, and this is {host}", remedy=f"run this on {asset.host}")
    return asset


def _places(asset: ResolvedAsset, order: BackupOrder) -> list[str]:
    originals = [place.repository for place in asset.placements if place.copy_of is None]
    if order.repository is None:
        return originals
    if order.repository not in (place.repository for place in asset.placements):
        known = ", ".join(place.repository for place in asset.placements)
        raise UsageError(f"{asset.name} has no backups in {order.repository!r}", remedy=f"name one of: {known}")
    return [order.repository]


def _ready(hands: Hands, name: str, asset: ResolvedAsset) -> list[Initialise]:
    """The repository as it is now; one that was never seen is made first. Raises what is wrong with it."""
    seen = look(hands, name)
    if seen.reach is Reach.NEVER_SEEN and not hands.catalog.journal_lost:
        now = hands.clock.now()
        return [Initialise(name, Reason.of(Code.NEVER_SEEN), now, asset.placement(name).copy_of)]
    if seen.error:
        error: ReconcilerError = seen.error
        raise error.about(name)
    return []


def _action(hands: Hands, desk: Desk, order: BackupOrder, repository: str) -> BackUp:
    now = order.at or desk.clock.now()
    facts = hands.placement(order.asset, repository)
    newest = facts.newest_counted(desk.clock.now())
    return BackUp(
        asset=order.asset,
        repository=repository,
        why=Reason.of(Code.ASKED, by=order.by),
        due_at=now,
        slot=now,
        parent=newest.id if newest else None,
        initial=newest is None,
        read_all=order.read_all,
    )
