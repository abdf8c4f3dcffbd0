"""The last pass as Prometheus metrics: promises, ages, space, actions, what waits."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric

from reconciler.obligations.assessment import State
from reconciler.observed.facts import Observed
from reconciler.plan.plan import Plan
from reconciler.policy.resolved import ResolvedPolicy


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known after a pass; kept in memory and read at each scrape. ``actions`` by verb and outcome."""

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
    yield from _waiting(scene.plan)
    yield _promises(scene.plan)
    yield from _backups(scene.policy, scene.observed, now)
    yield from _repositories(scene.policy, scene.observed)


def _loop(scene: Scene) -> Iterator[Metric]:
    passed = GaugeMetricFamily("reconciler_last_pass_timestamp_seconds", "When the last completed pass ended")
    passed.add_metric([], scene.completed_at.timestamp() if scene.completed_at else 0.0)
    yield passed
    yield GaugeMetricFamily("reconciler_pass_duration_seconds", "How long the last pass took", value=scene.seconds)
    done = CounterMetricFamily("reconciler_actions", "Actions run since the start", labels=["verb", "outcome"])
    for (verb, outcome), count in sorted(scene.actions.items()):
        done.add_metric([verb, outcome], count)
    yield done
    yield GaugeMetricFamily(
        "reconciler_alert_undelivered", "Alerts, or the heartbeat, that do not arrive", value=scene.undelivered
    )


def _waiting(plan: Plan) -> Iterator[Metric]:
    lines = {line.checksum for line in plan.lowerings} | {one.blocked.checksum for one in plan.blocked if one.blocked}
    yield GaugeMetricFamily("reconciler_blocked_actions", "Actions that a guard stops", value=len(plan.blocked))
    yield GaugeMetricFamily(
        "reconciler_pending_approvals", "Checksums that wait for an approval", value=len(lines - {""})
    )
    yield InfoMetricFamily(
        "reconciler_policy_applied", "The revision in force", value={"policy": plan.policy, "revision": plan.revision}
    )


def _promises(plan: Plan) -> Metric:
    labels = ["kind", "asset", "repository", "name", "state"]
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
    failing = GaugeMetricFamily("reconciler_backup_failures", "Failed attempts in a row", labels=labels)
    for asset in policy.assets.values():
        for place in asset.placements:
            facts = observed.glance(asset.name, place.repository, now)
            about = [asset.name, place.repository]
            rpo.add_metric(about, place.rpo.total_seconds())
            kept.add_metric(about, facts.listed)
            failing.add_metric(about, facts.failures)
            if facts.newest:
                age.add_metric(about, (now - facts.newest).total_seconds())
    yield from (age, rpo, kept, failing)


def _repositories(policy: ResolvedPolicy, observed: Observed) -> Iterator[Metric]:
    labels = ["repository"]
    free = GaugeMetricFamily("reconciler_repository_free_bytes", "Free bytes where the repository lies", labels=labels)
    total = GaugeMetricFamily("reconciler_repository_total_bytes", "All bytes where the repository lies", labels=labels)
    ready = GaugeMetricFamily("reconciler_repository_ready", "1 when it answers with its pinned id", labels=labels)
    for name in policy.repositories:
        facts = observed.repository(name)
        if facts.free is not None:
            free.add_metric([name], facts.free)
        if facts.total is not None:
            total.add_metric([name], facts.total)
        ready.add_metric([name], 1 if facts.ready else 0)
    yield from (free, total, ready)
