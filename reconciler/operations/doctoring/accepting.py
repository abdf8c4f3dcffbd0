"""What a person on the host may accept: a clock that jumped, backups that are gone."""

from __future__ import annotations

from reconciler.errors import UsageError
from reconciler.observed.entries import ClockAccepted, VanishedAccepted
from reconciler.operations.clocks import remember_clock
from reconciler.operations.desk import open_desk
from reconciler.operations.doctoring.scene import known_repository, scene_of
from reconciler.settings import HostSettings


def accept_clock(settings: HostSettings, by: str) -> None:
    """The clock is right as it is now; deletions may go on."""
    with open_desk(settings, verb="doctor") as desk:
        desk.catalog.record([ClockAccepted(by=by)], desk.clock.now())
        remember_clock(desk)


def accept_vanished(settings: HostSettings, repository: str, by: str, reason: str) -> int:
    """Gives how many were accepted. Raises UsageError when nothing is missing there."""
    if not reason.strip():
        raise UsageError("say why they are gone", remedy='add --reason "…"')
    with open_desk(settings, verb="doctor") as desk:
        scene = scene_of(desk)
        known_repository(scene, repository)
        gone = scene.vanished(repository)
        if not gone:
            raise UsageError(
                f"nothing is missing in repository {repository}", remedy="there is nothing to accept: reconciler doctor"
            )
        entry = VanishedAccepted(repository=repository, backups=gone, by=by, reason=reason.strip())
        desk.catalog.record([entry], desk.clock.now())
        return len(gone)
