"""Plans without acting: from the host's own view, or as if another policy were in force."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from socket import gethostname
from tempfile import TemporaryDirectory

from reconciler.errors import LeaderElsewhere, PolicyInvalid, PolicySourceError
from reconciler.execution.board import QuietBoard
from reconciler.gitops.folder import FolderSource
from reconciler.gitops.revision import PolicyFiles
from reconciler.gitops.source import PolicySource
from reconciler.kit.clock import FixedClock, SystemClock
from reconciler.obligations.actions import Initialise
from reconciler.obligations.assessment import Assessments
from reconciler.obligations.limits import Limits
from reconciler.observed.facts import Observed, PendingFacts, PolicyFacts
from reconciler.operations.desk import Desk, open_desk
from reconciler.operations.handing import hands_of
from reconciler.operations.lowering import waiting_blocks
from reconciler.operations.observing import look_at_all, repositories_of
from reconciler.operations.offering import record_offers
from reconciler.operations.places import in_force
from reconciler.operations.policy_state import PolicyState
from reconciler.operations.policy_update import unread_of, update_policy
from reconciler.operations.sizing import estimate_first
from reconciler.operations.standing import plan_now, world_of
from reconciler.plan.ahead import following
from reconciler.plan.context import Context
from reconciler.plan.estimate import Estimate, first_backups
from reconciler.plan.lowerings import companions, pending_lowerings
from reconciler.plan.plan import Plan
from reconciler.policy.compare import Comparison, compare
from reconciler.policy.documents import Problem
from reconciler.policy.enforce import PendingBlock, enforce
from reconciler.policy.load import load_policy
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.settings import HostSettings, PolicySettings
from reconciler.views.change import Change
from reconciler.views.plurals import counted

_ENOUGH_MEASURED = 100
CHANGE = "this change"
"""What stands for the revision where a folder is planned for."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and the policy it was made for; ``fresh`` says whether the repositories were looked at just now.

    ``change`` is there when no host was asked: what the policy means, and nothing of what is due.
    """

    plan: Plan | None
    state: PolicyState
    policy: ResolvedPolicy | None
    fresh: bool
    change: Change | None = None


def plan_host(settings: HostSettings, at: datetime | None = None) -> Planned:
    """What this host would do now, or at another time. Starts no process but git and a reading restic.

    Beside a running loop it reads what the loop has stored; otherwise it looks at the repositories itself.
    """
    try:
        with open_desk(settings, verb="plan", lead=True) as desk:
            return _plan(desk, at, fresh=True)
    except LeaderElsewhere:
        with open_desk(settings, verb="plan") as desk:
            return _plan(desk, at, fresh=False)


def _plan(desk: Desk, at: datetime | None, *, fresh: bool) -> Planned:
    state = update_policy(desk, record=False)
    if state.policy is None:
        return Planned(None, state, None, fresh)
    policy = in_force(desk, state.policy)
    if fresh:
        hands = hands_of(desk, policy, state, QuietBoard())
        look_at_all(hands, repositories_of(policy, desk.settings.host))
        hands.close_all()
    real = desk.clock
    if at is not None:
        desk.clock = FixedClock(at)
    plan = plan_pass(desk, policy, state)
    desk.clock = real
    record_offers(desk, plan, state)
    return Planned(plan, state, policy, fresh)


def plan_pass(desk: Desk, policy: ResolvedPolicy, state: PolicyState) -> Plan:
    """The plan of this round, and what would follow it in the same pass."""
    return _with_what_follows(desk, policy, plan_now(desk, policy, state))


def estimate_of_pass(desk: Desk, plan: Plan) -> Estimate | None:
    """What the first backups of a pass that begins with this plan will take; None when it makes none."""
    stored = desk.catalog.enforced()
    if stored is None or not (first_backups(plan.runnable) or any(isinstance(a, Initialise) for a in plan.runnable)):
        return None
    return _with_what_follows(desk, in_force(desk, stored[1]), plan).estimate


def _with_what_follows(desk: Desk, policy: ResolvedPolicy, plan: Plan) -> Plan:
    world = world_of(desk)
    names = _concerned(plan, policy)
    if first_backups(plan.runnable):
        names |= _measured(world.observed, policy)
    placements = desk.catalog.facts(policy, plan.at, names).placements
    observed = replace(world.observed, placements=placements)
    context = Context(observed, policy, Limits.of(desk.settings), plan.at)
    then = following(plan, world.obligations(names), context)
    return replace(plan, following=then, estimate=estimate_first((*plan.runnable, *then), observed, policy))


def _concerned(plan: Plan, policy: ResolvedPolicy) -> set[str]:
    """The assets of which more may follow: those of the plan's actions, and all where a repository is made."""
    if any(isinstance(action, Initialise) for action in plan.runnable):
        return set(policy.assets)
    return {name for action in plan.runnable if (name := getattr(action, "asset", "")) in policy.assets}


def _measured(observed: Observed, policy: ResolvedPolicy) -> set[str]:
    """Some assets of which one place holds a single backup: those tell how fast first backups are here."""
    single = (name for (name, _), glance in observed.glances.items() if glance.listed == 1 and name in policy.assets)
    return set(islice(single, _ENOUGH_MEASURED))


def plan_change(settings: HostSettings | None, folder: Path | None, base: str | None, at: datetime | None) -> Planned:
    """What a change of the policy would do: the policy in ``folder`` (or here) in force, held against the one at
    ``base``. Without settings there is no world to plan for, so only what the change means.

    Raises PolicyInvalid when either cannot be used.
    """
    with TemporaryDirectory(prefix="reconciler-plan-") as scratch:
        place = (folder or Path.cwd()).resolve()
        now = at or SystemClock().now()
        host = settings.host if settings else gethostname()
        files = FolderSource(place).files()
        candidate, warnings = _loaded(files, now, host, str(place))
        before = _at_base(place, base, Path(scratch), now, host) if base else None
        if settings:
            planned = _compared(settings, candidate, before, now)
        else:
            planned = _meant(str(folder or "."), base or "", before, candidate, warnings, now)
        facts = replace(planned.state.facts, unread=unread_of(files.skipped))
        return replace(planned, state=replace(planned.state, facts=facts))


def _at_base(place: Path, base: str, scratch: Path, now: datetime, host: str) -> ResolvedPolicy:
    """The policy of the same folder at another revision of its repository."""
    root = next((one for one in (place, *place.parents) if (one / ".git").exists()), None)
    if root is None:
        raise PolicySourceError(f"{place} is in no git repository", remedy="leave out --base, or go into a checkout")
    relative = place.relative_to(root).as_posix()
    source = PolicySource(PolicySettings(url=str(root), folder=relative), scratch, SystemClock())
    source.mirror.fetch_head()
    revision = source.diff_base(base)
    # What was left out there is what this change may be about to mend.
    found = PolicyFiles(source.files(revision).files)
    return _loaded(found, now, host, f"{relative} at {base}")[0]


def _loaded(found: PolicyFiles, now: datetime, host: str, where: str) -> tuple[ResolvedPolicy, tuple[Problem, ...]]:
    """A policy without errors, and its warnings."""
    loaded = load_policy(found.files, today=now.date(), local_host=host, skipped=found.skipped)
    if loaded.policy is None:
        count = counted(len(loaded.errors), "error")
        first = f"{', first' if len(loaded.errors) > 1 else ':'} {loaded.errors[0]}" if loaded.errors else ""
        raise PolicyInvalid(f"the policy in {where} has {count}{first}", remedy="see: reconciler validate")
    return loaded.policy, loaded.problems


def _compared(
    settings: HostSettings, candidate: ResolvedPolicy, before: ResolvedPolicy | None, now: datetime
) -> Planned:
    """The plan as if the candidate were in force, and what of it would wait for approval first."""
    with open_desk(settings, verb="plan") as desk:
        enforced = before or (desk.catalog.enforced() or (None, None))[1]
        pending = _pending(enforced, candidate, now)
        waiting = waiting_blocks(desk.catalog, settings, enforced or candidate, candidate, pending, now)
        facts = PolicyFacts(head=CHANGE, applied=CHANGE, pending=tuple(block.facts(now) for block in waiting))
        state = PolicyState(candidate, facts, waiting)
        policy = in_force(desk, candidate)
        desk.clock = FixedClock(now)
        plan = plan_pass(desk, policy, state)
        record_offers(desk, plan, state)
    return Planned(plan, state, policy, fresh=True)


def _meant(
    place: str,
    base: str,
    before: ResolvedPolicy | None,
    candidate: ResolvedPolicy,
    warnings: tuple[Problem, ...],
    now: datetime,
) -> Planned:
    """Away from the host nobody knows which backups a lowering lets go, so there is no checksum to approve."""
    pending = _pending(before, candidate, now)
    found = tuple(PendingFacts(one.block, "", tuple(row.line for row in one.lowerings), one.why) for one in pending)
    lift = "on the host, after the merge: reconciler plan shows the checksum to approve"
    plan = Plan(
        policy=candidate.name,
        revision=CHANGE,
        host="",
        at=now,
        actions=(),
        lowerings=tuple(replace(row, lift=lift, checksum="") for row in pending_lowerings(found, Observed())),
        assessments=Assessments(),
        companions=tuple(companions(one for one in found if not one.lines)),
    )
    state = PolicyState(candidate, PolicyFacts(head=CHANGE, applied=CHANGE, pending=found))
    comparison = compare(before, candidate, now) if before else Comparison(())
    waiting = frozenset(one.block for one in pending)
    change = Change(place, base, before, candidate, comparison, waiting, warnings)
    return Planned(plan, state, candidate, fresh=True, change=change)


def _pending(before: ResolvedPolicy | None, candidate: ResolvedPolicy, now: datetime) -> tuple[PendingBlock, ...]:
    """The blocks that nobody has approved yet."""
    return enforce(before, candidate, lambda _lines: False, now).pending if before else ()
