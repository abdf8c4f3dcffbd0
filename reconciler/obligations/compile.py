"""From the enforced policy to its obligations: small values, each with all that its assessment needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from reconciler.obligations.applied import Applied
from reconciler.obligations.assess import Obligation
from reconciler.obligations.capacity import Capacity
from reconciler.obligations.freshness import Freshness
from reconciler.obligations.holds import holds_of
from reconciler.obligations.integrity import Integrity
from reconciler.obligations.limits import Limits
from reconciler.obligations.redundancy import Copyplace, Redundancy
from reconciler.obligations.repository import Repository
from reconciler.obligations.request import Request
from reconciler.obligations.retained import Retained, Target
from reconciler.obligations.runbook import Runbook
from reconciler.obligations.work import Origin
from reconciler.policy.models.exceptions import BackupRequestSpec
from reconciler.policy.resolved import ResolvedAsset, ResolvedPlacement, ResolvedPolicy
from reconciler.policy.schedule import slots_of
from reconciler.retention.decide import Terms

Fingerprint = Callable[[ResolvedAsset], str]
"""Names what an asset's page is rendered from."""


def compile_obligations(policy: ResolvedPolicy, limits: Limits, fingerprint: Fingerprint) -> tuple[Obligation, ...]:
    """Every promise of the policy. Work is planned only for ``limits.host``; the rest is still assessed."""
    return tuple(Compiler(policy, limits, fingerprint).obligations())


class Compiler:
    """The policy, and what is read from it again and again: gives its promises one subject at a time."""

    def __init__(self, policy: ResolvedPolicy, limits: Limits, fingerprint: Fingerprint) -> None:
        self.policy = policy
        self.limits = limits
        self.fingerprint = fingerprint
        self.zone = ZoneInfo(policy.settings.time_zone)
        self.there: dict[str, list[tuple[ResolvedAsset, ResolvedPlacement]]] = defaultdict(list)
        for asset in policy.assets.values():
            for placement in asset.placements:
                self.there[placement.repository].append((asset, placement))
        self._requests: dict[str, list[str]] = defaultdict(list)
        for name, request in policy.requests.items():
            self._requests[request.asset].append(name)

    def obligations(self) -> Iterator[Obligation]:
        """All of them."""
        yield from self.of_policy()
        for name in self.policy.repositories:
            yield from self.of_repository(name)
        for name in self.policy.assets:
            yield from self.of_asset(name)

    def of_policy(self) -> Iterator[Obligation]:
        """What is promised of the policy itself."""
        yield Applied(self.policy.name)

    def of_asset(self, name: str) -> Iterator[Obligation]:
        """What is promised of one asset, its requests included."""
        yield from self._of_asset(self.policy.assets[name])
        for request in self._requests.get(name, ()):
            yield from self._of_request(request, self.policy.requests[request])

    def of_repository(self, name: str) -> Iterator[Obligation]:
        """What is promised of one repository."""
        spec = self.policy.repositories[name]
        there = self.there[name]
        keeps = spec.keeper == self.limits.host
        yield Repository(
            name=name,
            zone=self.zone,
            initialises=any(self._ours(asset) for asset, _ in there) or (keeps and bool(there)),
            keeps=keeps,
            keeper=spec.keeper,
            like=next((placement.copy_of for _, placement in there if placement.copy_of), None),
            window=spec.maintenance.window,
        )
        yield Integrity(name, spec.checks.structure, self.zone, keeps, spec.checks.window)
        capacity = spec.capacity
        yield Capacity(name, capacity.warn_below, capacity.critical_below, capacity.size)

    def _of_asset(self, asset: ResolvedAsset) -> Iterator[Obligation]:
        for placement in asset.placements:
            yield self._freshness(asset, placement)
            yield self._retained(asset, placement)
        yield self._redundancy(asset)
        if self._ours(asset):
            repositories = tuple(placement.repository for placement in asset.placements)
            yield Runbook(asset.name, self.fingerprint(asset), repositories)

    def _of_request(self, name: str, request: BackupRequestSpec) -> Iterator[Obligation]:
        asset = self.policy.assets.get(request.asset)
        originals = [placement for placement in asset.placements if not placement.copy_of] if asset else []
        if asset is None or not originals:
            return
        yield Request(
            name=name,
            asset=asset.name,
            repositories=tuple(placement.repository for placement in originals),
            slots=slots_of(asset, originals[0], self.zone, self.policy.name),
            source=asset.source.kind,
            ours=self._ours(asset),
            full_every=_full_every(asset),
        )

    def _freshness(self, asset: ResolvedAsset, placement: ResolvedPlacement) -> Freshness:
        return Freshness(
            asset=asset.name,
            repository=placement.repository,
            rpo=placement.rpo,
            initial_within=asset.initial_within,
            slots=slots_of(asset, placement, self.zone, self.policy.name),
            source=asset.source.kind,
            ours=self._ours(asset),
            full_every=_full_every(asset),
            origin=Origin(placement.copy_of, self._terms(placement)) if placement.copy_of else None,
        )

    def _retained(self, asset: ResolvedAsset, placement: ResolvedPlacement) -> Retained:
        keeper = self.policy.repositories[placement.repository].keeper
        return Retained(
            asset=asset.name,
            repository=placement.repository,
            terms=self._terms(placement),
            grace=self.limits.grace,
            keeps=keeper == self.limits.host,
            keeper=keeper,
            holds=holds_of(self.policy, asset.name),
            targets=tuple(
                Target(target.repository, self._terms(target), target.copy_lag)
                for target in asset.placements
                if target.copy_of == placement.repository
            ),
        )

    def _redundancy(self, asset: ResolvedAsset) -> Redundancy:
        specs = self.policy.repositories
        places = tuple(
            Copyplace(
                placement.repository,
                placement.rpo,
                specs[placement.repository].medium,
                specs[placement.repository].domain,
                specs[placement.repository].offsite,
            )
            for placement in asset.placements
        )
        copies = asset.copies
        within = asset.initial_within
        return Redundancy(asset.name, copies.minimum, copies.media, copies.offsite, within, places)

    def _terms(self, placement: ResolvedPlacement) -> Terms:
        return Terms(placement.retention, self.zone, self.limits.floor)

    def _ours(self, asset: ResolvedAsset) -> bool:
        return asset.host == self.limits.host


def _full_every(asset: ResolvedAsset) -> timedelta | None:
    return asset.source.files.full_every if asset.source.files else None
