"""The asset that every policy has without naming it: the reconciler's own state, which no listing can replace."""

from __future__ import annotations

import re
from datetime import timedelta
from hashlib import sha256

from reconciler.kinds.files import FilesSource
from reconciler.kinds.source import Source
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.models.tier import Copies, Proof
from reconciler.policy.resolved import ResolvedAsset, ResolvedPlacement, ResolvedPolicy

STATE = "reconciler-state"
TIER = "built-in"

_SHORTEST, _LONGEST = timedelta(hours=1), timedelta(hours=24)
_RETENTION = RetentionSpec(last=3, daily=7, weekly=4)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def with_builtin(policy: ResolvedPolicy, host: str, state_folder: str) -> ResolvedPolicy:
    """The policy with the state of each of its hosts as an asset, in every repository of that host's assets.

    ``host`` is this machine, whose journal is exported into ``state_folder``. Each host has a journal of its
    own, so each has an asset of its own: the policy's default host (else this one, while it is alone)
    ``reconciler-state``, the others with their name behind it.
    """
    hosts = sorted({asset.host for asset in policy.assets.values()} | {host})
    built = (_state_of(policy, one, state_folder) for one in hosts)
    assets = {asset.name: asset for asset in built if asset is not None}
    return policy.model_copy(update={"assets": policy.assets | assets}) if assets else policy


def state_asset(policy: ResolvedPolicy, host: str) -> str:
    """The name of the asset that is that host's state."""
    others = {asset.host for asset in policy.assets.values() if asset.tier != TIER} - {host}
    if host == policy.settings.default_host or not others:
        return STATE
    name = f"{STATE}-{host}"
    if _NAME.fullmatch(name):
        return name
    return f"{STATE}-{sha256(host.encode()).hexdigest()[:16]}"


def _state_of(policy: ResolvedPolicy, host: str, state_folder: str) -> ResolvedAsset | None:
    assets = [asset for asset in policy.assets.values() if asset.host == host]
    repositories = dict.fromkeys(p.repository for asset in assets for p in asset.placements)
    if not repositories:
        return None
    shortest = min(placement.rpo for asset in policy.assets.values() for placement in asset.placements)
    rpo = min(max(shortest, _SHORTEST), _LONGEST)
    return ResolvedAsset(
        name=state_asset(policy, host),
        description="what this reconciler knows and no repository's listing can tell",
        owner=assets[0].owner,
        host=host,
        tier=TIER,
        rpo=rpo,
        rto=min(asset.rto for asset in assets),
        copies=Copies(minimum=2),
        proof=Proof(),
        initial_within=min(asset.initial_within for asset in assets),
        encryption="required",
        source=Source(files=FilesSource(include=(state_folder,))),
        placements=tuple(ResolvedPlacement(repository=name, rpo=rpo, retention=_RETENTION) for name in repositories),
    )
