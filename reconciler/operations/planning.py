"""Plans without acting: from the host's own view, or as if another policy were in force."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from socket import gethostname
from tempfile import TemporaryDirectory

from reconciler.errors import LeaderElsewhere, PolicyInvalid, PolicySourceError
from reconciler.execution.board import QuietBoard
from reconciler.gitops.folder import FolderSource
from reconciler.gitops.revision import PolicyFiles
from reconciler.gitops.source import PolicySource
from reconciler.kit.clock import FixedClock, SystemClock
from reconciler.obligations.limits import Limits
from reconciler.observed.facts import PolicyFacts
from reconciler.operations.desk import Desk, open_desk
from reconciler.operations.lowering import waiting_blocks
from reconciler.operations.observing import look_at_all, repositories_of
from reconciler.operations.offering import record_offers
from reconciler.operations.passing import hands_of, obligations_of, plan_and_world, plan_now
from reconciler.operations.places import in_force
from reconciler.operations.policy_update import PolicyState, unread_of, update_policy
from reconciler.plan.ahead import following
from reconciler.plan.context import Context
from reconciler.plan.plan import Plan
from reconciler.policy.enforce import enforce
from reconciler.policy.load import load_policy
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.settings import HostSettings, PolicySettings
from reconciler.views.plurals import counted

CHANGE = "this change"
"""What stands for the revision where a folder is planned for."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and the policy it was made for; ``fresh`` says whether the repositories were looked at just now."""

    plan: Plan | None
    state: PolicyState
    policy: ResolvedPolicy | None
    fresh: bool


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
    obligations = obligations_of(desk, policy)
    plan, observed = plan_and_world(desk, policy, state, obligations)
    context = Context(observed, policy, Limits.of(desk.settings), plan.at)
    return replace(plan, following=following(plan, obligations, context, desk.known))


def plan_change(settings: HostSettings | None, folder: Path | None, base: str | None, at: datetime | None) -> Planned:
    """What a change of the policy would do: the policy in ``folder`` (or at the source's head) in force, held
    against the one at ``base``; without settings, against an empty world.

    Raises PolicyInvalid when either cannot be used.
    """
    with TemporaryDirectory(prefix="reconciler-plan-") as scratch:
        place = (folder or Path.cwd()).resolve()
        clock = SystemClock()
        now = at or clock.now()
        host = settings.host if settings else gethostname()
        files = FolderSource(place).files()
        candidate = _loaded(files, now, host, str(place))
        before = _at_base(place, base, Path(scratch), now, host) if base else None
        planned = _compared(settings, candidate, before, now, Path(scratch))
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
    return _loaded(found, now, host, f"{relative} at {base}")


def _loaded(found: PolicyFiles, now: datetime, host: str, where: str) -> ResolvedPolicy:
    loaded = load_policy(found.files, today=now.date(), local_host=host, skipped=found.skipped)
    if loaded.policy is None:
        count = counted(len(loaded.errors), "error")
        first = f"{', first' if len(loaded.errors) > 1 else ':'} {loaded.errors[0]}" if loaded.errors else ""
        raise PolicyInvalid(f"the policy in {where} has {count}{first}", remedy="see: reconciler validate")
    return loaded.policy


def _compared(
    settings: HostSettings | None,
    candidate: ResolvedPolicy,
    before: ResolvedPolicy | None,
    now: datetime,
    scratch: Path,
) -> Planned:
    """The plan as if the candidate were in force, and what of it would wait for approval first."""
    chosen = settings or HostSettings(
        policy=PolicySettings(url=str(scratch)),
        host=candidate.settings.default_host or gethostname(),
        state=str(scratch / "state"),
    )
    with open_desk(chosen, verb="plan") as desk:
        enforced = before or (desk.catalog.enforced() or (None, None))[1]
        pending = enforce(enforced, candidate, lambda _lines: False, now).pending if enforced else ()
        waiting = waiting_blocks(desk.catalog, chosen, enforced or candidate, candidate, pending, now)
        facts = PolicyFacts(head=CHANGE, applied=CHANGE, pending=tuple(block.facts(now) for block in waiting))
        state = PolicyState(candidate, facts, None, waiting)
        policy = in_force(desk, candidate)
        desk.clock = FixedClock(now)
        plan = plan_now(desk, policy, state, obligations_of(desk, policy))
        if settings is None:
            return Planned(_without_checksums(plan), state, policy, fresh=True)
        record_offers(desk, plan, state)
    return Planned(plan, state, policy, fresh=True)


def _without_checksums(plan: Plan) -> Plan:
    """Away from the host nobody knows which backups a lowering lets go, so no checksum of here counts there."""
    lift = "on the host, after the merge: reconciler plan shows the checksum to approve"
    return replace(plan, lowerings=tuple(replace(line, lift=lift, checksum="") for line in plan.lowerings))
