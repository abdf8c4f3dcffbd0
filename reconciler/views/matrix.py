"""The matrix that a tech lead approves, and the index of recovery pages, as rows."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.policy.resolved import ResolvedPolicy
from reconciler.recovery.order import recovery_order
from reconciler.units.durations import format_duration
from reconciler.views.page_models import Setting, people_of
from reconciler.views.strategy import frequency_of, retention_text, strategy_of
from reconciler.views.times import show_age


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One asset in the matrix."""

    asset: str
    host: str
    tier: str
    rpo: str
    rto: str
    strategy: str
    frequency: str
    retention: str
    places: str
    encryption: str
    owner: str


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One asset in the index, in the order of recovery."""

    number: int
    asset: str
    tier: str
    rto: str
    host: str
    after: str
    newest: str
    call: str


def matrix_rows(policy: ResolvedPolicy) -> tuple[MatrixRow, ...]:
    """Every asset, most critical tier first."""
    assets = sorted(policy.assets.values(), key=lambda asset: (asset.rto, asset.rpo, asset.name))
    return tuple(
        MatrixRow(
            asset=asset.name,
            host=asset.host,
            tier=asset.tier,
            rpo=format_duration(asset.rpo),
            rto=format_duration(asset.rto),
            strategy=strategy_of(asset, asset.placements[0]),
            frequency=frequency_of(asset, policy),
            retention="; ".join(dict.fromkeys(retention_text(place.retention) for place in asset.placements)),
            places=", ".join(
                place.repository + (f" (copy of {place.copy_of})" if place.copy_of else "")
                for place in asset.placements
            ),
            encryption=f"{asset.encryption}: AES-256 (restic)",
            owner=asset.owner,
        )
        for asset in assets
    )


def index_rows(setting: Setting) -> tuple[IndexRow, ...]:
    """Every asset in the order in which it is brought back."""
    policy = setting.policy
    rows = []
    for number, name in enumerate(recovery_order(policy.assets), start=1):
        asset = policy.assets[name]
        counted = [
            backup
            for place in asset.placements
            if (backup := setting.observed.placement(name, place.repository).newest_counted(setting.now))
        ]
        newest = max((backup.time for backup in counted), default=None)
        people = people_of(asset.owner, policy)
        rows.append(
            IndexRow(
                number=number,
                asset=name,
                tier=asset.tier,
                rto=format_duration(asset.rto),
                host=asset.host,
                after=", ".join(asset.depends_on),
                newest=show_age(newest, setting.now),
                call=people[0].ways if people else "",
            )
        )
    return tuple(rows)
