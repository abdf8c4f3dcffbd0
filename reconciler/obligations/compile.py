"""From the enforced policy to its obligations: small values, each with all that its assessment needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from reconciler.obligations.assess import Obligation
from reconciler.obligations.freshness import Freshness
from reconciler.obligations.limits import Limits
from reconciler.obligations.repository import Repository
from reconciler.obligations.work import Origin
from reconciler.policy.resolved import ResolvedAsset, ResolvedPlacement, ResolvedPolicy
from reconciler.policy.schedule import slots_of
from reconciler.retention.decide import Terms

Fingerprint = Callable[[ResolvedAsset], str]


def compile_obligations(policy: ResolvedPolicy, limits: Limits, fingerprint: Fingerprint) -> tuple[Obligation, ...]:
    """Every promise of the policy. Work is planned only for ``limits.host``; the rest is still assessed.

    ``fingerprint`` names what an asset's page is rendered from.
    """
    return tuple(_Compiler(policy, limits, fingerprint).obligations())


class _Compiler:
    """The policy and what is read from it again and again."""

    def __init__(self, policy: ResolvedPolicy, limits: Limits, fingerprint: Fingerprint) -> None:
        self.policy = policy
        self.limits = limits
        self.fingerprint = fingerprint
        self.zone = ZoneInfo(policy.settings.time_zone)

    def obligations(self) -> Iterator[Obligation]:
        for name in self.policy.repositories:
            yield self._repository(name)
        for asset in self.policy.assets.values():
            for placement in asset.placements:
                yield self._freshness(asset, placement)

    def _terms(self, placement: ResolvedPlacement) -> Terms:
        return Terms(placement.retention, self.zone, self.limits.floor)

    def _freshness(self, asset: ResolvedAsset, placement: ResolvedPlacement) -> Freshness:
        files = asset.source.files
        return Freshness(
            asset=asset.name,
            repository=placement.repository,
            rpo=placement.rpo,
            initial_within=asset.initial_within,
            slots=slots_of(asset, placement, self.zone, self.policy.name),
            source=asset.source.kind,
            ours=asset.host == self.limits.host,
            full_every=files.full_every if files else None,
            origin=Origin(placement.copy_of, self._terms(placement)) if placement.copy_of else None,
        )

    def _repository(self, name: str) -> Repository:
        spec = self.policy.repositories[name]
        there = [
            (asset, placement)
            for asset in self.policy.assets.values()
            for placement in asset.placements
            if placement.repository == name
        ]
        keeps = spec.keeper == self.limits.host
        ours = any(asset.host == self.limits.host for asset, _ in there)
        return Repository(
            name=name,
            zone=self.zone,
            initialises=ours or (keeps and bool(there)),
            keeps=keeps,
            keeper=spec.keeper,
            like=next((placement.copy_of for _, placement in there if placement.copy_of), None),
            window=spec.maintenance.window,
            assets=tuple(asset.name for asset, _ in there),
        )
