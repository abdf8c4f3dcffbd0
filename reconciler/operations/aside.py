"""What is kept beside the catalog, for the day when the catalog cannot be opened: whom to tell, what was told."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from reconciler.errors import ReconcilerError
from reconciler.kit.clock import Clock
from reconciler.kit.fsio import write_atomically
from reconciler.observed.messages import Alerted
from reconciler.operations.desk import Desk
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.units.instants import format_instant, parse_instant

Said = dict[str, dict[str, Alerted]]
_SAID: TypeAdapter[Said] = TypeAdapter(Said)
_ROOM = 16 * 1024
"""What was told has its full size from the first day and is written in place: that works on a full disk too."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is left when nothing else can be opened: the state folder, the host's name, its clock, its secrets."""

    state: Path
    host: str
    clock: Clock
    environment: Mapping[str, str]


def place_of(desk: Desk) -> Place:
    """The place of an open desk."""
    return Place(desk.state, desk.settings.host, desk.clock, desk.environment)


def keep_people(place: Place, policy: ResolvedPolicy) -> None:
    """Keep the alerts and contacts in force; secrets are references there. Never raises."""
    people = ResolvedPolicy(name=policy.name, settings=policy.settings, alerts=policy.alerts, contacts=policy.contacts)
    text = people.model_dump_json()
    with suppress(OSError, ReconcilerError):
        if _read(_people(place)) != text:
            write_atomically(_people(place), text, mode=0o600)
        if not _read(_said(place)):
            _write(_said(place), "{}")


def people(place: Place) -> ResolvedPolicy | None:
    """The alerts and contacts that were kept last; None before the first pass."""
    try:
        return ResolvedPolicy.model_validate_json(_read(_people(place)))
    except ValidationError:
        return None


def keep_said(place: Place, said: Said) -> None:
    """Keep what was told of outages. Never raises: then it is told once more."""
    with suppress(OSError):
        _write(_said(place), _SAID.dump_json(said).decode())


def said(place: Place) -> Said:
    """What was told of outages that are not over; nothing when the file is damaged."""
    try:
        return _SAID.validate_json(_read(_said(place)))
    except ValidationError:
        return {}


def note_completed(place: Place) -> None:
    """A pass completed now. Never raises."""
    with suppress(OSError):
        _write(_completed(place), format_instant(place.clock.now()), room=40)


def last_completed(place: Place) -> datetime | None:
    """When the last pass completed, as far as that is known."""
    try:
        return parse_instant(_read(_completed(place)))
    except ValueError:
        return None


def _people(place: Place) -> Path:
    return place.state / "alerts.json"


def _said(place: Place) -> Path:
    return place.state / "alerts-said.json"


def _completed(place: Place) -> Path:
    return place.state / "last-pass"


def _read(path: Path) -> str:
    """The text without its padding; empty when there is no such file."""
    try:
        return path.read_text(errors="replace").rstrip()
    except OSError:
        return ""


def _write(path: Path, text: str, room: int = _ROOM) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(descriptor, text.encode().ljust(room), 0)
    finally:
        os.close(descriptor)
