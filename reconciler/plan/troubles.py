"""What is wrong, one value a thing: broken promises, failures in a row, what is blocked or waits; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciler.errors import (
    RepositoryChanged,
    RepositoryFull,
    RepositoryLocked,
    RepositoryMissing,
    RepositoryUnreachable,
    WrongPassword,
)
from reconciler.obligations.assessment import Assessment, State
from reconciler.obligations.codes import Code
from reconciler.observed.attempts import Verb
from reconciler.observed.facts import Observed, Reach
from reconciler.observed.reason import Reason
from reconciler.plan.guards import clock, holds, observation
from reconciler.plan.plan import Plan, PlannedAction
from reconciler.policy.accept import SourceCode
from reconciler.policy.resolved import ResolvedPolicy

LASTING = timedelta(hours=1)
"""What is blocked, unknown or waiting may mend itself: it is told when it has lasted so long."""
SOURCE_LASTING = timedelta(minutes=30)
"""A policy source that does not answer is told well within the hour that guard 7 promises."""
MANY = 3
"""Failures in a row that are told (PROC-INFRA-004, special case 2)."""
COMES_ALONG = "approve the blocks that it needs, it comes along with them"
"""A block without a lowering of its own: there is nothing in it to mend or to approve."""

REPOSITORY_FAILURES = frozenset(
    error.code
    for error in (
        RepositoryChanged,
        RepositoryFull,
        RepositoryLocked,
        RepositoryMissing,
        RepositoryUnreachable,
        WrongPassword,
    )
)
"""Errors that one repository gives to all its assets alike: told once, with their number."""

_STORAGE = frozenset({Code.LOW, Code.CRITICAL})
_QUIET = frozenset({State.MET, State.DUE})
_HOUSEKEEPING = (Verb.INITIALISE, Verb.FORGET, Verb.PRUNE, Verb.CHECK)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong.

    ``subject`` and ``code`` are what alerts deduplicate by. ``event`` is the word of the policy's alerts,
    ``assets`` all that are concerned (empty: everything is), ``since`` when it began where that is known.
    It is told when it has lasted for ``lasting``; ``once``: never again; ``folded``: not by itself, because
    its repository's own trouble tells it.
    """

    subject: str
    code: str
    event: str
    reason: Reason
    assets: tuple[str, ...] = ()
    repository: str = ""
    lift: str = ""
    since: datetime | None = None
    lasting: timedelta = timedelta(0)
    once: bool = False
    folded: bool = False
    many: bool = False

    @property
    def key(self) -> str:
        """What it is deduplicated by."""
        return f"{self.subject} {self.code}"


def subject_of(key: str) -> str:
    """The subject within a trouble's key."""
    return key.rpartition(" ")[0]


def troubles_of(plan: Plan, policy: ResolvedPolicy, observed: Observed) -> tuple[Trouble, ...]:
    """Everything wrong that this plan and these facts show, each thing once."""
    causes = _Causes(policy, observed)
    found = [trouble for one in plan.assessments.notable if (trouble := _of_promise(one, causes))]
    found += _failing(causes)
    found += _housekeeping(causes)
    found += _blocked(plan, causes)
    found += _waiting(policy, observed)
    return _joined(found)


@dataclass(frozen=True, slots=True)
class _Causes:
    """Which repositories are the cause of their assets' troubles."""

    policy: ResolvedPolicy
    observed: Observed

    def lost(self, repository: str) -> bool:
        """The repository itself is in trouble, and its own promise tells it."""
        facts = self.observed.repository(repository)
        return not facts.ready and facts.reach is not Reach.NEVER_SEEN

    def failing_with(self, asset: str, repository: str) -> str:
        """The repository's error that this asset's attempts there end with, or nothing."""
        facts = self.observed.placement(asset, repository)
        code = facts.last.code if facts.failures and facts.last else ""
        return code if code in REPOSITORY_FAILURES else ""

    def users(self, repository: str) -> tuple[str, ...]:
        """The assets that have a place there."""
        assets = self.policy.assets.values()
        return tuple(a.name for a in assets if any(p.repository == repository for p in a.placements))

    def of_asset(self, asset: str) -> tuple[str, str]:
        """The first repository of an asset that fails it, and how."""
        spec = self.policy.assets.get(asset)
        for place in spec.placements if spec else ():
            if self.lost(place.repository):
                return place.repository, self.observed.repository(place.repository).code
            if code := self.failing_with(asset, place.repository):
                return place.repository, code
        return "", ""


def _of_promise(found: Assessment, causes: _Causes) -> Trouble | None:
    promise, code = found.promise, found.reason.code
    if promise.kind == "applied":
        return _of_policy(found)
    if found.state in _QUIET and code not in _STORAGE:
        return None
    assets = (promise.asset,) if promise.asset else causes.users(promise.repository)
    one = Trouble(str(promise), code, "breached", found.reason, assets, promise.repository, since=found.since)
    if code in _STORAGE:
        return replace(one, event="storage")
    match found.state:
        case State.BREACHED:
            return _with_cause(one, promise.kind, promise.asset, causes)
        case State.UNKNOWN:
            own = promise.kind == "repository"
            folded = not own and (causes.lost(promise.repository) or code == Code.COPIES_UNKNOWN)
            return replace(one, event="unknown", lasting=LASTING, folded=folded, many=own)
        case State.UNATTAINABLE:
            return replace(one, lasting=LASTING, once=True)
        case _:
            return None


def _with_cause(one: Trouble, kind: str, asset: str, causes: _Causes) -> Trouble:
    """A breach, joined with those of other assets when one repository is the cause of them all."""
    if kind == "repository":
        return replace(one, many=True)
    if not asset:
        return replace(one, folded=causes.lost(one.repository))
    if one.repository:
        repository, cause = one.repository, causes.failing_with(asset, one.repository)
    else:
        repository, cause = causes.of_asset(asset)
    if not cause:
        return one
    return replace(one, subject=f"{kind} in {repository}", code=cause, repository=repository, many=True)


def _of_policy(found: Assessment) -> Trouble | None:
    if found.reason.code != Code.POLICY_PROBLEM:
        return None
    cause = str(found.reason.get("error") or found.reason.code)
    lasting = SOURCE_LASTING if cause == SourceCode.UNREADABLE else timedelta(0)
    return Trouble(str(found.promise), cause, "policy", found.reason, since=found.since, lasting=lasting)


def _failing(causes: _Causes) -> Iterator[Trouble]:
    for facts in causes.observed.placements.values():
        if facts.failures < MANY or facts.last is None:
            continue
        verb, cause = facts.last.verb.value, causes.failing_with(facts.asset, facts.repository)
        about = f"in {facts.repository}" if cause else f"{facts.asset}/{facts.repository}"
        reason = Reason.of("failing-row", failures=facts.failures, message=facts.last.message)
        yield Trouble(
            subject=f"{verb} {about}",
            code=cause or "failing",
            event="failing",
            reason=reason,
            assets=(facts.asset,),
            repository=facts.repository,
            since=facts.failing_since,
            folded=causes.lost(facts.repository),
            many=bool(cause),
        )


def _housekeeping(causes: _Causes) -> Iterator[Trouble]:
    """A repository's own work that fails again and again: a stale lock that stops every prune for weeks."""
    for facts in causes.observed.repositories.values():
        for verb in _HOUSEKEEPING:
            row, last = facts.failures.get(verb.value, 0), facts.last.get(verb.value)
            if row < MANY or last is None:
                continue
            reason = Reason.of("failing-row", failures=row, message=last.message)
            users, folded = causes.users(facts.name), causes.lost(facts.name)
            subject = f"{verb.value} {facts.name}"
            yield Trouble(subject, "failing", "failing", reason, users, facts.name, folded=folded)


def _blocked(plan: Plan, causes: _Causes) -> Iterator[Trouble]:
    for planned in plan.blocked:
        # A hold stops what the policy asked it to stop: that is no trouble.
        if planned.blocked is not None and planned.blocked.guard != holds.NAME:
            yield _of_blocked(planned, planned.blocked.guard, causes)


def _of_blocked(planned: PlannedAction, guard: str, causes: _Causes) -> Trouble:
    """The clock stops every deletion and an observation all of its repository: each is told once."""
    asset, repository = getattr(planned.action, "asset", ""), getattr(planned.action, "repository", "")
    verb = planned.action.verb.value
    if guard == clock.NAME:
        subject, repository = "deletions", ""
    elif guard == observation.NAME:
        subject = f"deletions in {repository}"
    else:
        subject = f"{verb} {'/'.join(part for part in (asset, repository) if part)}"
    reason = planned.blocked.why if planned.blocked else Reason.of(guard)
    lift = planned.blocked.lift if planned.blocked else ""
    assets = (asset,) if asset else causes.users(repository)
    return Trouble(
        subject=subject,
        code=guard,
        event="blocked",
        reason=reason,
        assets=assets,
        repository=repository,
        lift=lift,
        lasting=LASTING,
        folded=causes.lost(repository),
        many=guard in (clock.NAME, observation.NAME),
    )


def _waiting(policy: ResolvedPolicy, observed: Observed) -> Iterator[Trouble]:
    for block in observed.policy.pending:
        kind, _, name = block.block.partition("/")
        lift = f'reconciler approve {block.checksum[:12]} --reason "…"' if block.checksum else COMES_ALONG
        yield Trouble(
            subject=f"policy {block.block}",
            code=block.change or block.checksum[:12] or "invalid",
            event="approval",
            reason=Reason.of("waiting-block", why=block.why),
            assets=(name,) if kind == "asset" and name in policy.assets else (),
            lift=lift,
            since=block.since,
            lasting=LASTING,
        )


def _joined(found: Iterable[Trouble]) -> tuple[Trouble, ...]:
    """Those with one key are one, which concerns all their assets."""
    joined: dict[str, Trouble] = {}
    for one in found:
        before = joined.get(one.key)
        if before is None:
            joined[one.key] = one
            continue
        since = min((at for at in (before.since, one.since) if at), default=None)
        assets = tuple(dict.fromkeys((*before.assets, *one.assets)))
        joined[one.key] = replace(before, assets=assets, since=since, folded=before.folded and one.folded)
    return tuple(joined.values())
