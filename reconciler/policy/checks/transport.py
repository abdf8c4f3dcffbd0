"""How data travel and where they lie: encrypted on the way, each repository at a place of its own."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from reconciler.policy.checks.finding import Finding
from reconciler.policy.models.location import LOOPBACK, Location
from reconciler.policy.models.repository import RepositorySpec
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.policy.yamltext.spots import Path


def unencrypted(policy: ResolvedPolicy) -> Iterator[Finding]:
    """``encryption: required`` in any asset forbids every line that others can read or impersonate."""
    first: dict[str, str] = {}
    for asset in policy.assets.values():
        if asset.encryption == "required":
            for placement in asset.placements:
                first.setdefault(placement.repository, asset.name)
    for name, asset_name in first.items():
        weakness = _weakness(policy.repositories[name].location)
        if weakness:
            path, message = weakness
            told = f"{message}; the asset {asset_name} requires encryption"
            yield Finding("Repository", name, ("spec", "location", *path), "transport-unencrypted", told)


def _weakness(location: Location) -> tuple[Path, str] | None:
    if location.rest and not location.rest.tls and location.rest.host not in LOOPBACK:
        return ("rest", "tls"), f"plain http to {location.rest.host} is not encrypted, set tls: true"
    if location.s3 and not location.s3.tls and location.s3.host not in LOOPBACK:
        return ("s3", "tls"), f"plain http to {location.s3.host} is not encrypted, set tls: true"
    if location.sftp and not location.sftp.host_key and location.sftp.host not in LOOPBACK:
        return ("sftp",), f"the ssh host {location.sftp.host} is not pinned, write its hostKey"
    return None


def shared_places(policy: ResolvedPolicy) -> Iterator[Finding]:
    """Two repositories never lie at one place, nor one inside the other."""
    taken: dict[tuple[str, tuple[str, ...]], str] = {}
    places = sorted((*_place(spec), name) for name, spec in policy.repositories.items())
    for door, folders, name in places:
        for length in range(len(folders) + 1):
            other = taken.get((door, folders[:length]))
            if other:
                how = "at the place of" if length == len(folders) else "inside"
                message = f"the repository {name} lies {how} {other}; give each a place of its own"
                yield Finding("Repository", name, ("spec", "location"), "location-twice", message)
        taken.setdefault((door, folders), name)


def _place(spec: RepositorySpec) -> tuple[str, tuple[str, ...]]:
    """The server, bucket or host that is entered, and the folders from there."""
    location = spec.location
    if location.local:
        return f"local {spec.keeper}", _folders(location.local.path)
    if location.sftp:
        return f"sftp {location.sftp.host}:{location.sftp.port}", _folders(location.sftp.path)
    if location.rest:
        return f"rest {location.rest.host}:{location.rest.port}", _folders(location.rest.path or "")
    assert location.s3
    return f"s3 {location.s3.host}:{location.s3.port}/{location.s3.bucket}", _folders(location.s3.prefix or "")


def _folders(path: str) -> tuple[str, ...]:
    return tuple(part for part in posixpath.normpath(path).split("/") if part not in ("", "."))
