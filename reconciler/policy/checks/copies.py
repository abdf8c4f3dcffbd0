"""3-2-1 by arithmetic: whether the repositories that an asset names could ever meet what its tier demands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.policy.checks.finding import Finding
from reconciler.policy.models.repository import RepositorySpec
from reconciler.policy.resolved import ResolvedAsset, ResolvedPolicy

LIVE_MEDIUM = "disk"
"""The medium of the live data, which are the first copy."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The most that an asset's repositories can give, and the failure domains that several of them share."""

    copies: int
    media: tuple[str, ...]
    offsite: int
    shared: Mapping[str, tuple[str, ...]]


def reach(asset: ResolvedAsset, repositories: Mapping[str, RepositorySpec]) -> Reach:
    """Count the live data as one copy on a disk, and repositories of one failure domain as one copy."""
    domains: dict[str, list[str]] = {}
    media, offsite = {LIVE_MEDIUM}, set[str]()
    for placement in asset.placements:
        spec = repositories[placement.repository]
        domains.setdefault(spec.domain, []).append(placement.repository)
        media.add(spec.medium)
        if spec.offsite:
            offsite.add(spec.domain)
    shared = {domain: tuple(names) for domain, names in domains.items() if len(names) > 1}
    return Reach(1 + len(domains), tuple(sorted(media)), len(offsite), shared)


def three_two_one(policy: ResolvedPolicy) -> Iterator[Finding]:
    """Every demand of copies, media and sites that can never be met."""
    for asset in policy.assets.values():
        most = reach(asset, policy.repositories)
        demand = asset.copies
        if most.copies < demand.minimum:
            message = (
                f"{demand.minimum} copies are demanded, and at most {most.copies} can be made: the live data "
                f"and {_count(most.copies - 1)}{_shared(most)}; add a repository"
            )
            yield _finding(asset, "copies-unattainable", message)
        if len(most.media) < demand.media:
            message = (
                f"{demand.media} media are demanded, and all copies lie on {' and '.join(most.media)} "
                f"(the live data on a {LIVE_MEDIUM}); add a repository on another medium"
            )
            yield _finding(asset, "media-unattainable", message)
        if most.offsite < demand.offsite:
            message = (
                f"{demand.offsite} copies off the site are demanded, and {most.offsite} of its repositories "
                f"are offsite{_shared(most)}; add one that is"
            )
            yield _finding(asset, "offsite-unattainable", message)


def _finding(asset: ResolvedAsset, rule: str, message: str) -> Finding:
    return Finding("Asset", asset.name, ("spec", "repositories"), rule, message)


def _count(domains: int) -> str:
    return "1 repository" if domains == 1 else f"{domains} repositories"


def _shared(most: Reach) -> str:
    told = [
        f"{' and '.join(names)} share the failure domain '{domain}' and count once"
        for domain, names in most.shared.items()
    ]
    return f" ({'; '.join(told)})" if told else ""
