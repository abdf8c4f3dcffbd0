"""What every engine offers. The engine acts and reports; what counts is decided elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from reconciler.kinds.capture import Capture
from reconciler.kit.secrets import Secret
from reconciler.kit.trails import Said
from reconciler.observed.backup import Backup
from reconciler.observed.listing import Snapshot
from reconciler.policy.models.location import Location

# How many of these stand for bytes that are no text differs from language to language.
_UNREADABLE = re.compile("\ufffd+")


@dataclass(frozen=True, slots=True)
class OpenRepository:
    """A repository with its secrets read. ``credentials`` by field: ``password``, ``access_key``, ``secret_key``,
    ``identity``. ``loopback_only`` is never inferred: the policy's checks decided about transport before."""

    name: str
    location: Location
    passphrase: Secret
    credentials: Mapping[str, Secret] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an action is. Bytes and files done and in total (0 while unknown), ``left`` the estimate."""

    bytes_done: int = 0
    bytes_total: int = 0
    files_done: int = 0
    files_total: int = 0
    left: timedelta | None = None


OnProgress = Callable[[Progress], None]


def silent(_progress: Progress) -> None:
    """Nobody is watching."""


@dataclass(frozen=True, slots=True)
class BackupOrder:
    """One backup to make: all tags at birth, a stable host, the parent named; ``time`` only for made history."""

    capture: Capture
    host: str
    tags: tuple[str, ...]
    parent: str | None = None
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What the engine said of a backup that exists. ``partial``: some files were unreadable (restic's exit 3)."""

    id: str
    partial: bool
    files: int
    size: int
    added: int | None
    duration: timedelta
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckReport:
    """``sound`` or not, with the engine's own lines; ``suggestion`` when it names a remedy; how many ``snapshots``
    a sound one looked at."""

    sound: bool
    lines: tuple[str, ...] = ()
    suggestion: str = ""
    snapshots: int = 0


@dataclass(frozen=True, slots=True)
class Contents:
    """Files (links and the like too), their bytes, folders, and ``names``, which only the same paths, each of the
    same kind and size, add up to."""

    files: int
    size: int
    folders: int = 0
    names: int = 0

    def with_entry(self, path: str, size: int, *, folder: bool = False) -> Contents:
        """One more file or folder; ``path`` below the root, with ``/`` in front."""
        digest = sha256(f"{folder} {size} {_UNREADABLE.sub('?', path)}".encode("utf-8", "surrogatepass")).digest()
        names = (self.names + int.from_bytes(digest[:16])) % (1 << 128)
        if folder:
            return Contents(self.files, self.size, self.folders + 1, names)
        return Contents(self.files + 1, self.size + size, self.folders, names)

    @property
    def empty(self) -> bool:
        """Not even a folder."""
        return not (self.files or self.folders)


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was written to the target."""

    files: int
    size: int
    duration: timedelta
    folders: int = 0
    names: int = 0

    @property
    def contents(self) -> Contents:
        """What lies in the target now."""
        return Contents(self.files, self.size, self.folders, self.names)


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes of the file system or bucket that a repository lies on."""

    total: int
    free: int


class Engine(Protocol):
    """Every method raises a ReconcilerError of reconciler.errors that says what happened; none returns a lie.

    What changes a repository writes its words on the attempt's trail, so that it ends well when we are killed.
    """

    def identity(self, repository: OpenRepository) -> str:
        """The repository's own id. RepositoryMissing when nothing is there."""

    def initialise(self, repository: OpenRepository, like: OpenRepository | None = None) -> str:
        """Make it, with the chunker parameters of ``like`` so that copies deduplicate; gives its id."""

    def fingerprint(self, repository: OpenRepository) -> str | None:
        """A cheap sign that changes when the listing may have changed; None where there is none."""

    def holds_exactly(self, repository: OpenRepository, sign: str, ids: frozenset[str]) -> bool:
        """Whether it is plain without asking the repository that it is the one of that sign and stores these ids,
        no more and no fewer; False where that cannot be told cheaply."""

    def ids(self, repository: OpenRepository) -> frozenset[str]:
        """The ids of all snapshots stored, readable or not."""

    def snapshots(self, repository: OpenRepository, ids: Sequence[str] | None = None) -> tuple[Snapshot, ...]:
        """All snapshots that can be read, or those of ``ids``; a damaged one is simply not among them."""

    def backup(self, repository: OpenRepository, order: BackupOrder, on_progress: OnProgress = silent) -> BackupReport:
        """Make one backup."""

    def told(self, said: Said, listed: Backup) -> BackupReport | None:
        """The report of a backup that the repository lists and that nobody saw end, from what its trail says."""

    def copy(
        self,
        origin: OpenRepository,
        target: OpenRepository,
        ids: Sequence[str],
        on_progress: OnProgress = silent,
        *,
        cached: bool = True,
    ) -> None:
        """Copy these snapshots; who wants to know what arrived lists the target again. What was copied before is
        left out; not ``cached``: only what the target itself still holds."""

    def forget(self, repository: OpenRepository, ids: Sequence[str]) -> None:
        """Remove these snapshots by id, in one call; who wants to know what is gone lists again."""

    def prune(self, repository: OpenRepository, repack_at_most: int | None = None) -> None:
        """Reclaim space, repacking no more than so many bytes."""

    def check(self, repository: OpenRepository, part: tuple[int, int] | None = None) -> CheckReport:
        """Check the structure, and read back part k of n when given."""

    def restore(
        self,
        repository: OpenRepository,
        backup: str,
        target: Path,
        include: Sequence[str] = (),
        on_progress: OnProgress = silent,
    ) -> RestoreReport:
        """Write a backup's files below ``target``."""

    def contents(self, repository: OpenRepository, backup: str) -> Contents:
        """What the backup holds, by its own listing."""

    def dump(self, repository: OpenRepository, backup: str, path: str, target: Path) -> None:
        """Write one file of a backup to ``target``."""

    def unlock(self, repository: OpenRepository) -> None:
        """Remove locks whose process on this host is proven dead; never another host's."""

    def space(self, repository: OpenRepository) -> Space | None:
        """Free and total bytes; None where that cannot be measured."""
