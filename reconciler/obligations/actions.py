"""What can be done to meet a promise: one frozen type an action, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.observed.attempts import Verb
from reconciler.observed.reason import Reason


@dataclass(frozen=True, slots=True)
class Chosen:
    """One backup that an action names, with the reason why it."""

    id: str
    time: datetime
    why: str
    charged: bool = True


@dataclass(frozen=True, slots=True)
class Initialise:
    """Make a repository that has never been seen; ``like`` is the one whose chunker parameters it shares."""

    repository: str
    why: Reason
    due_at: datetime
    like: str | None = None
    verb: Verb = Verb.INITIALISE


@dataclass(frozen=True, slots=True)
class BackUp:
    """Capture an asset into a repository. ``initial`` for the first one; ``request`` the BackupRequest's name."""

    asset: str
    repository: str
    why: Reason
    due_at: datetime
    slot: datetime
    parent: str | None = None
    request: str | None = None
    initial: bool = False
    read_all: bool = False
    verb: Verb = Verb.BACKUP


@dataclass(frozen=True, slots=True)
class Copy:
    """Copy an asset's backups from ``origin`` into ``repository``."""

    asset: str
    repository: str
    origin: str
    backups: tuple[Chosen, ...]
    why: Reason
    due_at: datetime
    slot: datetime
    verb: Verb = Verb.COPY


@dataclass(frozen=True, slots=True)
class Mark:
    """Note that backups have expired; ``lapsed`` are marks that end because their backups are kept again."""

    asset: str
    repository: str
    backups: tuple[Chosen, ...]
    why: Reason
    due_at: datetime
    lapsed: tuple[str, ...] = ()
    verb: Verb = Verb.MARK


@dataclass(frozen=True, slots=True)
class Forget:
    """Remove backups whose mark and grace have passed."""

    asset: str
    repository: str
    backups: tuple[Chosen, ...]
    why: Reason
    due_at: datetime
    verb: Verb = Verb.FORGET


@dataclass(frozen=True, slots=True)
class Prune:
    """Reclaim the space of what was forgotten."""

    repository: str
    why: Reason
    due_at: datetime
    verb: Verb = Verb.PRUNE


@dataclass(frozen=True, slots=True)
class Check:
    """Check a repository's structure."""

    repository: str
    why: Reason
    due_at: datetime
    verb: Verb = Verb.CHECK


@dataclass(frozen=True, slots=True)
class Render:
    """Write an asset's page (and with it the index and the matrix)."""

    asset: str
    why: Reason
    due_at: datetime
    verb: Verb = Verb.RENDER


Action = Initialise | BackUp | Copy | Mark | Forget | Prune | Check | Render

Key = tuple[str, str, str, str]


def key(action: Action) -> Key:
    """(verb, asset, repository, slot): two obligations that want the same thing want one action."""
    slot = action.slot.isoformat() if isinstance(action, BackUp | Copy) else ""
    asset = "" if isinstance(action, Initialise | Prune | Check) else action.asset
    repository = "" if isinstance(action, Render) else action.repository
    return (action.verb.value, asset, repository, slot)
