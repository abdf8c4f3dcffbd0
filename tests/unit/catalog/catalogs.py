"""A policy, snapshots and entries for tests of the catalog."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reconciler.catalog.values import ListingChange
from reconciler.kinds.files import FilesSource
from reconciler.kinds.secrets import SecretReference
from reconciler.kinds.source import Source
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.backup import Verdict
from reconciler.observed.entries import AttemptBegan, AttemptEnded
from reconciler.observed.listing import Snapshot
from reconciler.policy.models.asset import Adopt, Expect
from reconciler.policy.models.exceptions import BackupRequestSpec
from reconciler.policy.models.location import LocalLocation, Location
from reconciler.policy.models.policy import PolicySpec
from reconciler.policy.models.repository import RepositorySpec
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.models.tier import Copies, Proof
from reconciler.policy.resolved import ResolvedAsset, ResolvedPlacement, ResolvedPolicy

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def backup_id(number: int) -> str:
    """A full id, the same for the same number."""
    return f"{number:064x}"


def asset(name: str, *repositories: str, adopt: Adopt | None = None, expect: Expect | None = None) -> ResolvedAsset:
    """An asset in these repositories (local when none is named); later ones are copies of the first."""
    places = repositories or ("local",)
    return ResolvedAsset(
        name=name,
        owner="platform",
        host="db1",
        tier="tier-1",
        rpo=HOUR,
        rto=4 * HOUR,
        copies=Copies(minimum=1),
        proof=Proof(),
        initial_within=7 * DAY,
        encryption="required",
        source=Source(files=FilesSource(include=("/etc",))),
        placements=tuple(
            ResolvedPlacement(
                repository=place,
                copy_of=None if place == places[0] else places[0],
                rpo=HOUR,
                retention=RetentionSpec(daily=7),
            )
            for place in places
        ),
        adopt=adopt,
        expect=expect or Expect(),
    )


def policy(*assets: ResolvedAsset, requests: dict[str, BackupRequestSpec] | None = None) -> ResolvedPolicy:
    """The policy ``iact`` with these assets and the repositories local, nas and cold."""
    return ResolvedPolicy(
        name="iact",
        settings=PolicySpec(time_zone="Europe/Madrid"),
        repositories={name: _repository(name) for name in ("local", "nas", "cold")},
        assets={found.name: found for found in assets},
        requests=requests or {},
    )


def _repository(name: str) -> RepositorySpec:
    return RepositorySpec(
        location=Location(local=LocalLocation(path=f"/srv/{name}")),
        password_from=SecretReference(file="/etc/passphrase"),
        medium="disk",
        keeper="infra1",
    )


def snapshot(
    number: int,
    name: str | None = "etc",
    *,
    time: datetime = NOW,
    attempt: str | None = None,
    request: str | None = None,
    original: int | None = None,
    paths: tuple[str, ...] = ("/etc",),
) -> Snapshot:
    """A listed snapshot; ``name`` None: it bears no tags at all."""
    tags = [f"asset=iact/{name}", "tool=reconciler"] if name else []
    tags += [f"attempt={attempt}"] if attempt else []
    tags += [f"request={request}"] if request else []
    return Snapshot(
        id=backup_id(number),
        time=time,
        host="db1",
        paths=paths,
        tags=tuple(tags),
        original=None if original is None else backup_id(original),
        size=1000,
        files=10,
    )


def listing(
    repository: str, *snapshots: Snapshot, at: datetime = NOW, removed: frozenset[str] = frozenset()
) -> ListingChange:
    """A complete listing that found these."""
    return ListingChange(repository, "engine-id", at, tuple(snapshots), removed, fingerprint="f1")


def began(attempt: str, name: str = "etc", repository: str = "local", verb: Verb = Verb.BACKUP) -> AttemptBegan:
    """The beginning of an attempt."""
    return AttemptBegan(attempt=attempt, verb=verb, repository=repository, asset=name)


def ended(
    attempt: str,
    number: int | None = None,
    name: str = "etc",
    repository: str = "local",
    verb: Verb = Verb.BACKUP,
    *,
    verdict: Verdict | None = Verdict.COMPLETE,
    suspicious: bool = False,
    size: int = 1000,
    seconds: float = 2.0,
    request: str | None = None,
) -> AttemptEnded:
    """The success of an attempt that made a backup."""
    return AttemptEnded(
        attempt=attempt,
        verb=verb,
        repository=repository,
        asset=name,
        outcome=Outcome.SUCCEEDED,
        backup=None if number is None else backup_id(number),
        verdict=verdict,
        suspicious=suspicious,
        files=10,
        size=size,
        seconds=seconds,
        request=request,
    )


def failed(attempt: str, name: str = "etc", repository: str = "local", code: str = "engine-failed") -> AttemptEnded:
    """The failure of an attempt."""
    return AttemptEnded(
        attempt=attempt,
        verb=Verb.BACKUP,
        repository=repository,
        asset=name,
        outcome=Outcome.FAILED,
        code=code,
        message="it did not work",
    )
