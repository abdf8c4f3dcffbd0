"""What first backups will take: how much they read, and how long that lasts. An estimate, and it says from what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from reconciler.obligations.actions import Action, BackUp
from reconciler.observed.facts import Observed, PlacementFacts

ASSUMED_SPEED = 50 * 2**20
"""Bytes a second, while nothing was measured here: what a plain disk or a gigabit line gives."""
LEAST_MEASURED = 64 * 2**20
"""First backups smaller than this together tell how fast restic starts, not how fast it reads."""
START_UP = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Measured:
    """What an asset's source holds in bytes; not ``whole`` when there was no time to look at all of it."""

    size: int
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Estimate:
    """``backups`` first backups read ``size`` bytes in all, at least so much when not ``whole``.

    ``unknown`` of them have no known size. ``speed`` in bytes a second, from ``measured`` first backups of this
    host, or assumed when that is 0.
    """

    backups: int
    size: int
    unknown: int
    whole: bool
    speed: int
    measured: int

    @property
    def duration(self) -> timedelta:
        """One after the other."""
        return timedelta(seconds=self.size / self.speed) + self.backups * START_UP


def first_backups(actions: Iterable[Action]) -> list[BackUp]:
    """The first backups among them, in their order."""
    return [action for action in actions if isinstance(action, BackUp) and action.initial]


def estimate(actions: Iterable[Action], observed: Observed, sizes: Mapping[str, Measured]) -> Estimate | None:
    """The estimate of the first backups among the actions; None when there are none."""
    found = first_backups(actions)
    if not found:
        return None
    known = {action.asset: _size(action.asset, observed, sizes) for action in found}
    held = [size for action in found if (size := known[action.asset])]
    speed, measured = _speed(observed.placements.values())
    return Estimate(
        backups=len(found),
        size=sum(one.size for one in held),
        unknown=len(found) - len(held),
        whole=all(one.whole for one in held),
        speed=speed,
        measured=measured,
    )


def _size(asset: str, observed: Observed, sizes: Mapping[str, Measured]) -> Measured | None:
    """What was looked up just now, else what its backups in other repositories hold."""
    usual = (facts.usual_size for (name, _), facts in observed.placements.items() if name == asset)
    return sizes.get(asset) or next((Measured(size) for size in usual if size is not None), None)


def _speed(placements: Iterable[PlacementFacts]) -> tuple[int, int]:
    """From placements with one single backup: only a first one reads everything that it holds."""
    alone = [(facts.usual_size, facts.usual_duration) for facts in placements if len(facts.backups) == 1]
    rates = [(size, duration) for size, duration in alone if size and duration]
    total = sum(size for size, _ in rates)
    seconds = sum(duration.total_seconds() for _, duration in rates)
    if total < LEAST_MEASURED or seconds <= 0:
        return ASSUMED_SPEED, 0
    return max(int(total / seconds), 1), len(rates)
