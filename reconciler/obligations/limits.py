"""What the host's settings say to planning: its name, its grace, its floor."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from reconciler.retention.decide import Floor
from reconciler.settings import HostSettings


@dataclass(frozen=True, slots=True)
class Limits:
    """``host`` is this machine's name; ``grace`` lies between mark and forget."""

    host: str
    grace: timedelta = timedelta(hours=24)
    floor: Floor = field(default_factory=Floor)

    @classmethod
    def of(cls, settings: HostSettings) -> Limits:
        """The part of the settings that planning needs."""
        floor = Floor(settings.floor.minimum_restored, settings.floor.minimum_age)
        return cls(settings.host, settings.grace, floor)
