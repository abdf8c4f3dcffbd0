"""Tiers, retentions, overrides and defaults folded into each asset: from valid documents to the resolved policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TypeVar

from reconciler.policy.cache import PolicyCache
from reconciler.policy.documents import Document
from reconciler.policy.models.asset import AssetSpec, Placement, Schedule
from reconciler.policy.models.calendar import DrillCalendarSpec
from reconciler.policy.models.exceptions import BackupRequestSpec, DecommissionSpec, HoldSpec, SuspensionSpec
from reconciler.policy.models.people import AlertSpec, ContactSpec
from reconciler.policy.models.policy import PolicySpec
from reconciler.policy.models.repository import RepositorySpec
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.models.tier import TierSpec
from reconciler.policy.resolved import ResolvedAsset, ResolvedPlacement, ResolvedPolicy
from reconciler.units.model import Strict

LEAST_COPY_LAG = timedelta(days=7)

Spec = TypeVar("Spec", bound=Strict)


def resolve(documents: Iterable[Document], local_host: str, cache: PolicyCache | None = None) -> ResolvedPolicy:
    """The policy that these documents make. ``local_host`` is the host where nothing else names one.

    An asset whose tier, retention or repositories are not all there is left out: the cross-checks name what
    is missing, and whatever else is there can still be looked at. Raises LookupError without a Policy.
    """
    every = tuple(documents)
    named = next((document for document in every if document.kind == "Policy"), None)
    if named is None or not isinstance(named.spec, PolicySpec):
        raise LookupError("there is no Policy document")
    host = named.spec.default_host or local_host
    few = tuple(document for document in every if document.kind != "Asset")
    repositories = {name: _with_keeper(spec, host) for name, spec in specs_of(few, RepositorySpec).items()}
    tiers, retentions = specs_of(few, TierSpec), specs_of(few, RetentionSpec)
    cache = cache or PolicyCache()
    cache.rest_on((host, tiers, retentions))
    assets = (_known(document, tiers, retentions, host, cache) for document in every if document.kind == "Asset")
    return ResolvedPolicy(
        name=named.metadata.name,
        settings=named.spec,
        repositories=repositories,
        assets={
            asset.name: asset
            for asset in assets
            if asset and all(placement.repository in repositories for placement in asset.placements)
        },
        contacts=specs_of(few, ContactSpec),
        alerts=specs_of(few, AlertSpec),
        calendars=specs_of(few, DrillCalendarSpec),
        requests=specs_of(few, BackupRequestSpec),
        holds=specs_of(few, HoldSpec),
        suspensions=specs_of(few, SuspensionSpec),
        decommissions=specs_of(few, DecommissionSpec),
    )


def specs_of(documents: Iterable[Document], model: type[Spec]) -> dict[str, Spec]:
    """name → spec of one kind; of two with one name the first."""
    found: dict[str, Spec] = {}
    for document in documents:
        if isinstance(document.spec, model):
            found.setdefault(document.metadata.name, document.spec)
    return found


def _with_keeper(spec: RepositorySpec, host: str) -> RepositorySpec:
    return spec if spec.keeper else spec.model_copy(update={"keeper": host})


def _known(
    document: Document,
    tiers: Mapping[str, TierSpec],
    retentions: Mapping[str, RetentionSpec],
    default_host: str,
    cache: PolicyCache,
) -> ResolvedAsset | None:
    """The asset as it was resolved from the same document and the same everything else, or resolved now."""
    known = cache.assets.get(document.metadata.name)
    if known and known[0] is document:
        return known[1]
    asset = _asset(document, tiers, retentions, default_host)
    cache.assets[document.metadata.name] = (document, asset)
    return asset


def _asset(
    document: Document,
    tiers: Mapping[str, TierSpec],
    retentions: Mapping[str, RetentionSpec],
    default_host: str,
) -> ResolvedAsset | None:
    spec = document.spec
    if not isinstance(spec, AssetSpec):
        return None
    tier = tiers.get(spec.tier)
    placements = _placements(spec, tier, retentions) if tier else None
    if tier is None or placements is None:
        return None
    return ResolvedAsset(
        name=document.metadata.name,
        labels=document.metadata.labels,
        description=document.metadata.description,
        owner=spec.owner,
        host=spec.host or default_host,
        tier=spec.tier,
        rpo=spec.rpo or tier.rpo,
        rto=spec.rto or tier.rto,
        copies=_folded(tier.copies, spec.copies),
        proof=_folded(tier.proof, spec.proof),
        initial_within=spec.initial_within or tier.initial_within,
        encryption=spec.encryption or tier.encryption,
        source=spec.source,
        placements=placements,
        schedule=spec.schedule or Schedule(),
        depends_on=spec.depends_on,
        expect=spec.expect,
        tolerate=spec.tolerate,
        adopt=spec.adopt,
        verify=spec.verify,
        notes=spec.notes,
    )


def _folded(general: Spec, own: Spec | None) -> Spec:
    """The tier's value with the keys that the asset itself gives: what is not mentioned stays promised."""
    if own is None:
        return general
    return general.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})


def _placements(
    spec: AssetSpec, tier: TierSpec, retentions: Mapping[str, RetentionSpec]
) -> tuple[ResolvedPlacement, ...] | None:
    """Originals first, then copies in the order of their chain; None when a retention is unknown."""
    placements = []
    for placement in _in_chain_order(spec.repositories):
        retention = retentions.get(placement.retention or spec.retention or tier.retention)
        if retention is None:
            return None
        rpo = placement.rpo or spec.rpo or tier.rpo
        placements.append(
            ResolvedPlacement(
                repository=placement.name,
                copy_of=placement.copy_of,
                rpo=rpo,
                retention=retention,
                copy_lag=placement.copy_lag or max(LEAST_COPY_LAG, 2 * rpo),
            )
        )
    return tuple(placements)


def _in_chain_order(placements: tuple[Placement, ...]) -> list[Placement]:
    """Each copy after its origin; what has no origin among them (a cycle) comes last, as written."""
    waiting, ordered, seen = list(placements), list[Placement](), set[str]()
    while waiting:
        ready = [p for p in waiting if p.copy_of is None or p.copy_of in seen] or list(waiting)
        ordered += ready
        seen.update(p.name for p in ready)
        waiting = [p for p in waiting if p not in ready]
    return ordered
