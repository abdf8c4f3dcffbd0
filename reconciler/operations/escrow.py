"""The second place of a passphrase: confirmed by a person, kept in the journal, asked for until it is there."""

from __future__ import annotations

from reconciler.errors import UsageError
from reconciler.observed.entries import EscrowConfirmed
from reconciler.operations.desk import open_desk
from reconciler.operations.doctoring.scene import known_repository, scene_of
from reconciler.settings import HostSettings


def confirm_escrow(settings: HostSettings, repository: str, place: str, by: str) -> None:
    """Raises UsageError when no place is named, or the policy has no such repository."""
    if not place.strip():
        raise UsageError("say where the second copy is kept", remedy='add --place "the safe in Madrid"')
    with open_desk(settings, verb="escrow") as desk:
        known_repository(scene_of(desk), repository)
        entry = EscrowConfirmed(repository=repository, place=place.strip(), by=by)
        desk.catalog.record([entry], desk.clock.now())
