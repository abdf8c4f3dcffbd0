"""The last pass as Prometheus metrics: promises, ages, space, actions, what waits."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from reconciler.obligations.assessment import State
from reconciler.observed.facts import Observed
from reconciler.plan.plan import Plan
from reconciler.policy.resolved import ResolvedPolicy


@dataclass(slots=True)
class Scene:
    """What is known after a pass; kept in memory and read at each scrape."""

    plan: Plan | None = None
    policy: ResolvedPolicy | None = None
    observed: Observed = field(default_factory=Observed)
    completed_at: datetime | None = None
    seconds: float = 0.0
    actions: Tally[tuple[str, str]] = field(default_factory=Tally)
    undelivered: int = 0


def metrics_of(scene: Scene, now: datetime) -> Iterator[Metric]:
    """Every metric family, made anew from the scene."""
    yield from _loop(scene)
    if scene.plan is None or scene.policy is None:
        return
    yield _promises(scene.plan)
    yield from _backups(scene.policy, scene.observed, now)
    yield from _repositories(scene.observed)


def _loop(scene: Scene) -> Iterator[Metric]:
    passed = GaugeMetricFamily("reconciler_last_pass_timestamp_seconds", "When the last completed pass ended")
    passed.add_metric([], scene.completed_at.timestamp() if scene.completed_at else 0.0)
    yield passed
    yield GaugeMetricFamily("reconciler_pass_duration_seconds", "How long the last pass took", value=scene.seconds)
    done = CounterMetricFamily("reconciler_actions", "Actions run since the start", labels=["action", "outcome"])
    for (verb, outcome), count in sorted(scene.actions.items()):
        done.add_metric([verb, outcome], count)
    yield done
    blocked = len(scene.plan.blocked) if scene.plan else 0
    waiting = len({line.checksum for line in scene.plan.lowerings}) if scene.plan else 0
    yield GaugeMetricFamily("reconciler_blocked_actions", "Actions that a guard stops", value=blocked)
    yield GaugeMetricFamily("reconciler_pending_approvals", "Changes of the policy that wait", value=waiting)
    yield GaugeMetricFamily("reconciler_alerts_undelivered", "Alerts that cannot be delivered", value=scene.undelivered)
    applied = GaugeMetricFamily("reconciler_policy_applied", "The revision in force", labels=["policy", "revision"])
    if scene.plan:
        applied.add_metric([scene.plan.policy, scene.plan.revision], 1)
    yield applied


def _promises(plan: Plan) -> Metric:
    labels = ["promise", "asset", "repository", "name", "state"]
    found = GaugeMetricFamily("reconciler_promise_state", "1 for the state that a promise is in", labels=labels)
    for assessment in plan.assessments:
        promise = assessment.promise
        about = [promise.kind, promise.asset, promise.repository, promise.name]
        for state in State:
            found.add_metric([*about, state.value], 1 if assessment.state is state else 0)
    return found


def _backups(policy: ResolvedPolicy, observed: Observed, now: datetime) -> Iterator[Metric]:
    labels = ["asset", "repository"]
    age = GaugeMetricFamily("reconciler_backup_age_seconds", "Age of the newest counted backup", labels=labels)
    rpo = GaugeMetricFamily("reconciler_backup_rpo_seconds", "The age that is promised", labels=labels)
    kept = GaugeMetricFamily("reconciler_backups", "Backups that are listed", labels=labels)
    for asset in policy.assets.values():
        for place in asset.placements:
            facts = observed.placement(asset.name, place.repository)
            about = [asset.name, place.repository]
            rpo.add_metric(about, place.rpo.total_seconds())
            kept.add_metric(about, len(facts.backups))
            newest = facts.newest_counted(now)
            if newest:
                age.add_metric(about, (now - newest.time).total_seconds())
    yield from (age, rpo, kept)


def _repositories(observed: Observed) -> Iterator[Metric]:
    named: Iterable[tuple[str, str, str]] = (
        ("free", "reconciler_repository_free_bytes", "Free bytes where the repository lies"),
        ("total", "reconciler_repository_total_bytes", "All bytes where the repository lies"),
    )
    for field_name, name, help_text in named:
        family = GaugeMetricFamily(name, help_text, labels=["repository"])
        for facts in observed.repositories.values():
            value = getattr(facts, field_name)
            if value is not None:
                family.add_metric([facts.name], value)
        yield family
    ready = GaugeMetricFamily(
        "reconciler_repository_ready", "1 when it answers with its pinned id", labels=["repository"]
    )
    for facts in observed.repositories.values():
        ready.add_metric([facts.name], 1 if facts.ready else 0)
    yield ready
