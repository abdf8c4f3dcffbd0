"""The plan as JSON: a stable format for programs, and for plan files that are applied later."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from reconciler.obligations.assessment import Assessment, State
from reconciler.obligations.parts import parts_of
from reconciler.observed.attempts import Verb
from reconciler.observed.reason import Reason
from reconciler.plan.estimate import Estimate
from reconciler.plan.plan import FORMAT_VERSION, Blocked, PendingLowering, Plan, PlannedAction
from reconciler.units.instants import NEVER, Instant
from reconciler.units.model import Strict
from reconciler.views.change_json import ChangeJson
from reconciler.views.sentences import Reader


class BackupJson(Strict):
    """A backup that an action names."""

    id: str
    time: Instant
    why: str


class BlockedJson(Strict):
    """Why a guard stops an action, and how to lift it."""

    guard: str
    why: str
    lift: str
    checksum: str = ""
    until: Instant | None = None


class ActionJson(Strict):
    """One action; ``asset`` is empty for actions on a whole repository, ``repository`` for pages."""

    action: Verb
    asset: str = ""
    repository: str = ""
    origin: str = ""
    backups: tuple[BackupJson, ...] = ()
    why: str
    due_at: Instant
    blocked: BlockedJson | None = None
    suspended: str = ""


class LetGoJson(Strict):
    """A backup that goes when a lowering is approved."""

    id: str
    asset: str = ""
    repository: str
    time: Instant | None = None


class LoweringJson(Strict):
    """One line of the policy that lowers protection and waits for approval, with every backup that it lets go."""

    path: str
    before: str = Field(alias="from")
    after: str = Field(alias="to")
    lift: str
    checksum: str
    backups: tuple[LetGoJson, ...] = ()


class CompanionJson(Strict):
    """A block that lowers nothing and waits for others that do."""

    block: str
    why: str


class AssessmentJson(Strict):
    """How one promise stands."""

    promise: str
    asset: str = ""
    repository: str = ""
    name: str = ""
    state: State
    code: str
    why: str
    since: Instant | None = None
    until: Instant | None = None


class EstimateJson(Strict):
    """What the first backups are going to read, in bytes, and how long that takes, one after the other.

    ``at_least``: not everything was looked at; ``unknown`` of them have no known size; ``measured`` first backups
    of this host gave the speed, which is assumed when that is 0.
    """

    backups: int
    bytes: int
    at_least: bool
    unknown: int
    bytes_per_second: int
    measured: int
    seconds: int


class PlanJson(Strict):
    """A plan: one round of what to do now, and in ``following`` what comes after it in the same pass."""

    format_version: Literal[1] = FORMAT_VERSION
    policy: str
    revision: str
    host: str
    at: Instant
    actions: tuple[ActionJson, ...]
    lowerings: tuple[LoweringJson, ...]
    assessments: tuple[AssessmentJson, ...]
    companions: tuple[CompanionJson, ...] = ()
    following: tuple[ActionJson, ...] = ()
    estimate: EstimateJson | None = None
    change: ChangeJson | None = None


def plan_json(plan: Plan, reader: Reader) -> PlanJson:
    """The plan in its stable format; sentences as ``reader`` reads them."""
    return PlanJson(
        policy=plan.policy,
        revision=plan.revision,
        host=plan.host,
        at=plan.at,
        actions=tuple(_action(planned, reader) for planned in plan.actions),
        lowerings=tuple(_lowering(line) for line in plan.lowerings),
        assessments=tuple(assessment_json(found, reader) for found in plan.assessments),
        companions=tuple(CompanionJson(block=one.block, why=one.why) for one in plan.companions),
        estimate=_estimate(plan.estimate),
        following=tuple(_action(PlannedAction(action), reader) for action in plan.following),
    )


def _estimate(found: Estimate | None) -> EstimateJson | None:
    if found is None:
        return None
    return EstimateJson(
        backups=found.backups,
        bytes=found.size,
        at_least=not found.whole,
        unknown=found.unknown,
        bytes_per_second=found.speed,
        measured=found.measured,
        seconds=int(found.duration.total_seconds()),
    )


def _lowering(line: PendingLowering) -> LoweringJson:
    backups = (LetGoJson(id=b.id, asset=b.asset, repository=b.repository, time=b.time) for b in line.backups)
    return LoweringJson(
        path=line.path,
        before=line.before,
        after=line.after,
        lift=line.lift,
        checksum=line.checksum,
        backups=tuple(backups),
    )


def plan_schema() -> dict[str, Any]:
    """The JSON Schema of the format."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **PlanJson.model_json_schema(by_alias=True, mode="serialization"),
    }


def assessment_json(found: Assessment, reader: Reader) -> AssessmentJson:
    """One assessment; ``until`` is left out when time alone changes nothing."""
    return AssessmentJson(
        promise=found.promise.kind,
        asset=found.promise.asset,
        repository=found.promise.repository,
        name=found.promise.name,
        state=found.state,
        code=found.reason.code,
        why=reader.sentence(found.reason),
        since=found.since,
        until=None if found.until == NEVER else found.until,
    )


def _action(planned: PlannedAction, reader: Reader) -> ActionJson:
    action = planned.action
    asset, repository, origin, backups = parts_of(action)
    return ActionJson(
        action=action.verb,
        asset=asset,
        repository=repository,
        origin=origin,
        backups=tuple(BackupJson(id=backup.id, time=backup.time, why=backup.why) for backup in backups),
        why=reader.sentence(action.why),
        due_at=action.due_at,
        blocked=_blocked(planned.blocked, reader),
        suspended=planned.suspended,
    )


def _blocked(blocked: Blocked | None, reader: Reader) -> BlockedJson | None:
    if blocked is None:
        return None
    why: Reason = blocked.why
    return BlockedJson(
        guard=blocked.guard,
        why=reader.sentence(why),
        lift=blocked.lift,
        checksum=blocked.checksum,
        until=blocked.until,
    )
