"""Where one asset's backups land: each repository once, copies in short chains that end at an original."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.policy.checks.cycles import cycles, spelled
from reconciler.policy.checks.finding import Finding
from reconciler.policy.checks.reading import Reading
from reconciler.policy.documents import Document, Problem
from reconciler.policy.models.asset import AssetSpec
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.policy.sentences import did_you_mean
from reconciler.units.durations import format_duration

LONGEST_CHAIN = 4


def chains(reading: Reading) -> Iterator[Problem]:
    """Every asset's placements, one by one and as chains."""
    for document in reading.of_kind("Asset").values():
        if isinstance(document.spec, AssetSpec) and not _is_plain(document.spec):
            yield from _chains_of(document, document.spec)


def _is_plain(spec: AssetSpec) -> bool:
    """Each copy is written after its origin and no chain is too long, as nearly everywhere: nothing can be wrong."""
    length: dict[str, int] = {}
    for placement in spec.repositories:
        before = 0 if placement.copy_of is None else length.get(placement.copy_of)
        if before is None or before == LONGEST_CHAIN or placement.name in length:
            return False
        length[placement.name] = before + 1
    return True


def _chains_of(document: Document, spec: AssetSpec) -> Iterator[Problem]:
    origins: dict[str, str | None] = {}
    for index, placement in enumerate(spec.repositories):
        if placement.name in origins:
            place = document.at("spec", "repositories", index, "name")
            message = f"the repository {placement.name} is here twice; an asset lands in each once"
            yield Problem(place, "placement-twice", message)
        origins.setdefault(placement.name, placement.copy_of)
    for index, placement in enumerate(spec.repositories):
        if placement.copy_of and placement.copy_of not in origins:
            hint = did_you_mean(placement.copy_of, origins)
            message = f"copyOf: {placement.copy_of} is not among this asset's repositories{hint}"
            yield Problem(document.at("spec", "repositories", index, "copyOf"), "unknown-origin", message)
    loops = cycles({name: (origin,) if origin in origins else () for name, origin in origins.items() if origin})
    for loop in loops:
        message = f"these copies wait for each other, so none is ever made: {spelled(loop)}"
        yield Problem(document.at("spec", "repositories"), "copy-cycle", message)
    if not loops:
        yield from _too_long(document, origins)


def _too_long(document: Document, origins: dict[str, str | None]) -> Iterator[Problem]:
    for name in origins:
        chain = [name]
        while origin := origins.get(chain[0]):
            chain.insert(0, origin)
        if len(chain) == LONGEST_CHAIN + 1:
            message = (
                f"a chain of copies has at most {LONGEST_CHAIN} repositories, this one is longer: {' → '.join(chain)}"
            )
            yield Problem(document.at("spec", "repositories"), "copy-chain-too-long", message)


def fresher_than_origin(policy: ResolvedPolicy) -> Iterator[Finding]:
    """A copy cannot promise to be younger than what it is copied from."""
    for asset in policy.assets.values():
        for placement in asset.placements:
            origin = next((p for p in asset.placements if p.repository == placement.copy_of), None)
            if origin and placement.rpo < origin.rpo:
                message = (
                    f"the copy in {placement.repository} promises an RPO of {format_duration(placement.rpo)}, "
                    f"but its origin {origin.repository} only {format_duration(origin.rpo)}; "
                    "a copy is never fresher than its origin"
                )
                yield Finding("Asset", asset.name, ("spec", "repositories"), "copy-fresher", message)
