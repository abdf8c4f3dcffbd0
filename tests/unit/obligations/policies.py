"""Small policies and facts for the tests of promises and plans, quick to write down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reconciler.kinds.files import FilesSource
from reconciler.kinds.secrets import SecretReference
from reconciler.kinds.source import Source
from reconciler.obligations.assess import Obligation
from reconciler.obligations.compile import compile_obligations
from reconciler.obligations.limits import Limits
from reconciler.observed.attempts import Attempt, Outcome, Verb
from reconciler.observed.backup import Backup, Verdict
from reconciler.observed.facts import Observed, PlacementFacts, Reach, RepositoryFacts, with_beginnings
from reconciler.policy.models.location import LocalLocation, Location
from reconciler.policy.models.policy import PolicySpec
from reconciler.policy.models.repository import RepositorySpec
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.models.tier import Copies, Proof
from reconciler.policy.resolved import ResolvedAsset, ResolvedPlacement, ResolvedPolicy

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")
HOST = "infra1"
LIMITS = Limits(HOST)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
GFS = RetentionSpec(hourly=24, daily=7, weekly=4, monthly=12)


def repository(name: str, **fields: Any) -> RepositorySpec:
    """A folder in a failure domain of its own, kept by this host."""
    given: dict[str, Any] = {
        "location": Location(local=LocalLocation(path=f"/srv/{name}")),
        "password_from": SecretReference(file="/etc/passphrase"),
        "failure_domain": name,
        "keeper": HOST,
    }
    return RepositorySpec(**(given | fields))


def placement(name: str, copy_of: str | None = None, **fields: Any) -> ResolvedPlacement:
    """An RPO of an hour and the usual retention, unless the fields say otherwise."""
    given: dict[str, Any] = {"rpo": HOUR, "retention": GFS}
    return ResolvedPlacement(repository=name, copy_of=copy_of, **(given | fields))


def asset(name: str, *placements: ResolvedPlacement, **fields: Any) -> ResolvedAsset:
    """Files of this host; the RPO is the first placement's."""
    given: dict[str, Any] = {
        "owner": "platform",
        "host": HOST,
        "tier": "tier-1",
        "rpo": placements[0].rpo,
        "rto": 4 * HOUR,
        "copies": Copies(minimum=2),
        "proof": Proof(),
        "initial_within": 7 * DAY,
        "encryption": "required",
        "source": Source(files=FilesSource(include=(f"/srv/{name}",))),
    }
    return ResolvedAsset(name=name, placements=placements, **(given | fields))


def policy(
    *assets: ResolvedAsset, repositories: Mapping[str, RepositorySpec] | None = None, **blocks: Any
) -> ResolvedPolicy:
    """These assets, and a repository for each name that they use."""
    names = {placed.repository for one in assets for placed in one.placements}
    return ResolvedPolicy(
        name="iact",
        settings=PolicySpec(time_zone="Europe/Madrid", default_host=HOST),
        repositories={name: repository(name) for name in sorted(names)} | dict(repositories or {}),
        assets={one.name: one for one in assets},
        **blocks,
    )


def compiled(resolved: ResolvedPolicy, limits: Limits = LIMITS) -> tuple[Obligation, ...]:
    """Its obligations; a page is made from the asset's name alone."""
    return compile_obligations(resolved, limits, lambda found: found.name)


def one_of(resolved: ResolvedPolicy, kind: str, *about: str, limits: Limits = LIMITS) -> Obligation:
    """The only obligation of that kind about that asset and repository (or name)."""
    [found] = [
        obligation
        for obligation in compiled(resolved, limits)
        if obligation.promise.kind == kind
        and set(about) <= {obligation.promise.asset, obligation.promise.repository, obligation.promise.name}
    ]
    return found


def backup(id: str, time: datetime, repository: str = "local", asset: str = "wiki", **fields: Any) -> Backup:
    """A complete backup, unless the fields say otherwise."""
    given: dict[str, Any] = {"lineage": id, "size": 1000, "files": 10, "verdict": Verdict.COMPLETE} | fields
    return Backup(id, asset, repository, time=time, **given)


def copied(original: Backup, repository: str) -> Backup:
    """The copy of a backup in another repository."""
    return backup(f"{repository}-{original.id}", original.time, repository, original.asset, lineage=original.lineage)


def ready(name: str, **fields: Any) -> RepositoryFacts:
    """A repository that answered just now."""
    given: dict[str, Any] = {"reach": Reach.READY, "pinned": f"id-{name}", "seen": f"id-{name}", "listed_at": NOW}
    return RepositoryFacts(name, **(given | fields))


def facts(repository: str, *backups: Backup, asset: str = "wiki", **fields: Any) -> PlacementFacts:
    """What is known of an asset in a repository; wanted for a month."""
    newest_first = tuple(sorted(backups, key=lambda one: one.time, reverse=True))
    given: dict[str, Any] = {"wanted_since": NOW - 30 * DAY, "backups": newest_first}
    return PlacementFacts(asset, repository, **(given | fields))


def world(*parts: RepositoryFacts | PlacementFacts, **fields: Any) -> Observed:
    """The world that consists of these facts; a placement's repository is ready unless it is given."""
    placements = {(one.asset, one.repository): one for one in parts if isinstance(one, PlacementFacts)}
    repositories = {name: ready(name) for _, name in placements}
    repositories |= {one.name: one for one in parts if isinstance(one, RepositoryFacts)}
    whole = with_beginnings(repositories, placements.values())
    return Observed(repositories=whole, placements=placements, **fields)


def failed(at: datetime, *, retry: bool = True, code: str = "engine-failed", verb: Verb = Verb.BACKUP) -> Attempt:
    """An attempt that failed at once."""
    return Attempt("a1", verb, "local", "wiki", at, ended=at, outcome=Outcome.FAILED, code=code, retry=retry)
