"""One asset or repository in full: what the policy says, how its promises stand, what is there, what comes next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.obligations.parts import parts_of
from reconciler.observed.attempts import Attempt
from reconciler.observed.facts import Observed
from reconciler.plan.plan import Plan
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.units.durations import format_duration
from reconciler.units.sizes import show_size
from reconciler.views.page_models import people_of, state_of
from reconciler.views.plurals import counted
from reconciler.views.sentences import Reader
from reconciler.views.status import MARKS
from reconciler.views.strategy import frequency_of, retention_text, strategy_of

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Subject:
    """What a description is made of; ``attempts`` newest first."""

    policy: ResolvedPolicy
    observed: Observed
    plan: Plan
    reader: Reader
    attempts: tuple[Attempt, ...]


def asset_text(subject: Subject, name: str) -> str:
    """An asset: settings, people, each place with its newest backups, promises, attempts, what is planned."""
    asset, policy = subject.policy.assets[name], subject.policy
    people = "; ".join(f"{row.name} ({row.ways})" for row in people_of(asset.owner, policy))
    lines = [
        f"asset {name}: {asset.description or asset.source.kind}",
        *_fields(
            ("identity", policy.identity(name)),
            ("host", asset.host),
            ("tier", f"{asset.tier}, RPO {format_duration(asset.rpo)}, RTO {format_duration(asset.rto)}"),
            ("schedule", frequency_of(asset, policy)),
            ("source", _source(subject, name)),
            ("depends on", ", ".join(asset.depends_on)),
            ("to call", people),
        ),
    ]
    for place in asset.placements:
        facts = subject.observed.placement(name, place.repository)
        lines += ["", f"in {place.repository}: {strategy_of(asset, place)}, keeps {retention_text(place.retention)}"]
        lines.append(
            f"  {counted(len(facts.backups), 'backup')}, {len(facts.marks)} marked as expired, "
            f"deletion budget {facts.credit}"
        )
        for backup in facts.backups[:SHOWN]:
            size = show_size(backup.size) if backup.size is not None else "–"
            state = state_of(backup, subject.reader.now)
            lines.append(f"  {backup.id[:12]}  {subject.reader.instant(backup.time):<22} {size:>10}  {state}")
    return "\n".join((*lines, *_tail(subject, asset=name)))


def repository_text(subject: Subject, name: str) -> str:
    """A repository: where, what it stands on, its keeper, promises, attempts, what is planned."""
    spec, facts = subject.policy.repositories[name], subject.observed.repository(name)
    room = f"{show_size(facts.free)} of {show_size(facts.total or 0)}" if facts.free is not None else "unknown"
    assets = [asset.name for asset in subject.policy.assets.values() if _is_in(subject, asset.name, name)]
    lines = [
        f"repository {name}: {spec.location.described}",
        *_fields(
            ("state", facts.reach.value + (f": {facts.message}" if facts.message else "")),
            ("id", facts.pinned or "none yet"),
            ("stands on", f"{spec.medium} at {spec.site}, failure domain {spec.domain}"),
            ("off the site", "yes" if spec.offsite else "no"),
            ("keeper", spec.keeper or "none"),
            ("passphrase", spec.password_from.described),
            ("free", room),
            ("assets", ", ".join(assets)),
            ("gone", ", ".join(backup[:12] for backup in facts.vanished)),
            ("unreadable", ", ".join(backup[:12] for backup in facts.damaged)),
        ),
    ]
    return "\n".join((*lines, *_tail(subject, repository=name)))


def _is_in(subject: Subject, asset: str, repository: str) -> bool:
    return any(place.repository == repository for place in subject.policy.assets[asset].placements)


def _source(subject: Subject, name: str) -> str:
    source = subject.policy.assets[name].source
    return f"files {', '.join(source.files.include)}" if source.files else source.kind


def _fields(*pairs: tuple[str, str]) -> Iterable[str]:
    return (f"  {label + ':':<14} {value}" for label, value in pairs if value)


def _tail(subject: Subject, *, asset: str = "", repository: str = "") -> list[str]:
    reader = subject.reader
    lines = ["", "promises"]
    for found in subject.plan.assessments:
        promise = found.promise
        if (asset and promise.asset == asset) or (
            repository and not promise.asset and promise.repository == repository
        ):
            place = f" in {promise.repository}" if asset and promise.repository else ""
            lines.append(f"  {MARKS[found.state]} {promise.kind}{place}: {reader.sentence(found.reason)}")
    planned = [
        f"  {one.action.verb} {reader.sentence(one.action.why)}" + (" (blocked)" if one.blocked else "")
        for one in subject.plan.actions
        if (parts_of(one.action)[0] == asset if asset else parts_of(one.action)[1] == repository)
    ]
    lines += ["", "planned", *(planned or ["  nothing"]), "", "last attempts"]
    for attempt in subject.attempts:
        outcome = attempt.outcome.value if attempt.outcome else "running"
        line = f"  {reader.instant(attempt.started):<22} {attempt.verb} {attempt.repository}: {outcome}"
        lines.append(f"{line}  {attempt.message}".rstrip())
    return lines
