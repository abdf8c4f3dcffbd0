"""What somebody must be told: troubles of a plan, and which of them are news to an alert; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.obligations.assessment import Assessment, State
from reconciler.obligations.codes import Code
from reconciler.observed.attempts import pause_after
from reconciler.observed.facts import Observed
from reconciler.observed.reason import Reason
from reconciler.plan.plan import Plan
from reconciler.policy.models.people import AlertSpec
from reconciler.policy.resolved import ResolvedPolicy

LASTING = timedelta(hours=1)
"""What is blocked, unknown or waiting may mend itself: it is told when it has lasted so long."""
MANY = 3
"""Failures in a row that are told (PROC-INFRA-004, special case 2)."""
RESOLVED = "resolved"

_DIGESTED = frozenset({Code.REPOSITORY_NOT_READY, Code.COPIES_UNKNOWN, Code.NOT_INITIALISED})
_STORAGE = frozenset({Code.LOW, Code.CRITICAL})


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing to tell. ``key`` is what it is deduplicated by: the promise and the code; ``many`` counts assets."""

    key: str
    event: str
    subject: str
    reason: Reason
    asset: str = ""
    repository: str = ""
    lift: str = ""
    many: int = 0
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """The last message for a key: the event, when, whether it arrived, how often in a row it did not."""

    event: str
    at: datetime
    delivered: bool
    failures: int = 0


@dataclass(frozen=True, slots=True)
class News:
    """One item of a message: new, a reminder, or resolved."""

    trouble: Trouble
    kind: str


def troubles_of(plan: Plan, policy: ResolvedPolicy, observed: Observed) -> tuple[Trouble, ...]:
    """Everything wrong that this plan shows. Assets of a repository in trouble are counted in its one item."""
    found = [trouble for assessment in plan.assessments if (trouble := _of_promise(assessment, policy, observed))]
    found += _failing(observed)
    found += _blocked(plan)
    found += _waiting(observed)
    return tuple({trouble.key: trouble for trouble in found}.values())


def news_for(
    alert: AlertSpec,
    troubles: Iterable[Trouble],
    policy: ResolvedPolicy,
    first_seen: Mapping[str, datetime],
    sent: Mapping[str, Sent],
    now: datetime,
) -> tuple[News, ...]:
    """What this alert has to say now: what is new, what is to be remembered daily, what is over."""
    current = {trouble.key: trouble for trouble in troubles if _meant(alert, trouble, policy)}
    news = []
    for key, trouble in current.items():
        if trouble.lasting and now - first_seen.get(key, now) < LASTING:
            continue
        kind = _kind(sent.get(key), alert.remind_every, now)
        if kind:
            news.append(News(trouble, kind))
    over = (key for key, last in sent.items() if last.event != RESOLVED and last.delivered and key not in current)
    news += [News(Trouble(key, RESOLVED, key.rpartition(" ")[0], Reason("over")), RESOLVED) for key in over]
    return tuple(news)


def _kind(last: Sent | None, remind_every: timedelta, now: datetime) -> str:
    if last is None or (last.event == RESOLVED and last.delivered):
        return "new"
    if not last.delivered:
        return "new" if now - last.at >= pause_after(max(last.failures, 1)) else ""
    return "reminder" if now - last.at >= remind_every else ""


def _meant(alert: AlertSpec, trouble: Trouble, policy: ResolvedPolicy) -> bool:
    """The alert's events, and its selector; what concerns no asset is for every alert without asset conditions."""
    if trouble.event not in alert.events:
        return False
    select = alert.select
    if select.repositories and trouble.repository and trouble.repository not in select.repositories:
        return False
    asset = policy.assets.get(trouble.asset)
    if asset is None:
        return not (select.assets or select.tier or select.labels or select.host)
    return (
        (not select.assets or asset.name in select.assets)
        and (select.tier is None or asset.tier == select.tier)
        and (select.host is None or asset.host == select.host)
        and all(asset.labels.get(name) == value for name, value in select.labels.items())
    )


def _of_promise(found: Assessment, policy: ResolvedPolicy, observed: Observed) -> Trouble | None:
    promise, code = found.promise, found.reason.code
    key = f"{promise} {code}"
    if code in _STORAGE:
        return Trouble(key, "storage", str(promise), found.reason, repository=promise.repository)
    if promise.kind == "applied":
        is_trouble = code == Code.POLICY_PROBLEM
        return Trouble(key, "policy", str(promise), found.reason) if is_trouble else None
    if promise.asset and code in _DIGESTED:
        return None
    many = 0
    if promise.kind == "repository" and not observed.repository(promise.repository).ready:
        many = sum(1 for a in policy.assets.values() if any(p.repository == promise.repository for p in a.placements))
    if found.state not in (State.BREACHED, State.UNKNOWN, State.UNATTAINABLE):
        return None
    event, lasting = ("breached", False) if found.state is State.BREACHED else ("unknown", True)
    asset, repository = promise.asset, promise.repository
    return Trouble(key, event, str(promise), found.reason, asset, repository, many=many, lasting=lasting)


def _failing(observed: Observed) -> Iterator[Trouble]:
    for facts in observed.placements.values():
        if facts.failures >= MANY and facts.last:
            reason = Reason.of("failing-row", failures=facts.failures, message=facts.last.message)
            subject = f"backup {facts.asset}/{facts.repository}"
            yield Trouble(f"{subject} failing", "failing", subject, reason, facts.asset, facts.repository)


def _blocked(plan: Plan) -> Iterator[Trouble]:
    for planned in plan.blocked:
        if planned.blocked is None:
            continue
        asset, repository = getattr(planned.action, "asset", ""), getattr(planned.action, "repository", "")
        subject = " ".join(part for part in (planned.action.verb, f"{asset}/{repository}".strip("/")) if part)
        key = f"{subject} {planned.blocked.guard}"
        reason, lift = planned.blocked.why, planned.blocked.lift
        yield Trouble(key, "blocked", subject, reason, asset, repository, lift, lasting=True)


def _waiting(observed: Observed) -> Iterator[Trouble]:
    for block in observed.policy.pending:
        reason = Reason.of("waiting-block", why=block.why)
        lift = f'reconciler approve {block.checksum[:12]} --reason "…"' if block.checksum else "mend the policy"
        subject = f"policy {block.block}"
        yield Trouble(f"{subject} {block.checksum[:12]}", "approval", subject, reason, lift=lift, lasting=True)
