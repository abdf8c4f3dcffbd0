"""Opens a catalog: makes what is missing, sets aside what is damaged, brings journal and projection into step."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

from reconciler.catalog.catalog import Catalog
from reconciler.catalog.database import Database
from reconciler.catalog.facts.history import LOST_KEY
from reconciler.catalog.failures import CatalogDamaged
from reconciler.catalog.schema import JOURNAL, LISTINGS, Chain, prepare
from reconciler.catalog.soundness import check_is_due, doubt, note_sound
from reconciler.catalog.values import Notice
from reconciler.errors import CatalogError
from reconciler.kit.clock import Clock
from reconciler.kit.fsio import private_folder, refuse_symlink, sync_folder

_SCHEME = "sqlite:///"
_REMEDY_LOST = "restore it from a repository: the newest backup of reconciler-state holds it"


@dataclass(slots=True)
class _Opening:
    clock: Clock
    lead: bool
    patience: timedelta
    notices: list[Notice] = field(default_factory=list)
    journal_gone: str = ""

    def file(self, path: Path, chain: Chain, *, mended: bool = False) -> Database:
        """Open one file; a damaged one is set aside once, if the caller leads."""
        _make(path)
        database = Database(path, self.patience)
        try:
            if self.lead and check_is_due(path, self.clock.now()):
                database.check()
                note_sound(path, self.clock.now())
            prepare(database, chain, upgrade=self.lead)
        except CatalogDamaged as error:
            database.close()
            if not self.lead or mended:
                raise
            doubt(path)
            self._set_aside(path, chain, error)
            return self.file(path, chain, mended=True)
        except BaseException:
            database.close()
            raise
        return database

    def _set_aside(self, path: Path, chain: Chain, error: CatalogDamaged) -> None:
        stamp = f"{self.clock.now():%Y%m%dT%H%M%SZ}"
        aside = path.with_name(f"{path.name}.damaged-{stamp}")
        if aside.exists():
            aside = path.with_name(f"{path.name}.damaged-{stamp}-{token_hex(3)}")
        for suffix in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
        sync_folder(path.parent)
        lost = chain is JOURNAL
        self.journal_gone = self.journal_gone or ("damaged" if lost else "")
        self.notices.append(
            Notice(
                "journal-damaged" if lost else "catalog-damaged",
                f"{error.what}; it was set aside as {aside.name}",
                _REMEDY_LOST if lost else "nothing: it is a cache and is rebuilt from the journal and the listings",
            )
        )


def open_at(place: Path | str, clock: Clock, *, lead: bool, patience: timedelta) -> Catalog:
    """Open the catalog in a folder or at a URL; see ``reconciler.catalog.open_catalog``."""
    path = _path(place)
    if not path.parent.exists():
        private_folder(path.parent)
    opening = _Opening(clock, lead, patience)
    try:
        return _open(opening, path)
    except OSError as error:
        raise CatalogError(
            f"the catalog in {path.parent} cannot be opened ({error.strerror})",
            remedy="look at the disk and at the permissions of that folder",
        ) from error


def _open(opening: _Opening, path: Path) -> Catalog:
    journal = opening.file(path.with_name("journal.db"), JOURNAL)
    try:
        listings = opening.file(path, LISTINGS)
    except BaseException:
        journal.close()
        raise
    catalog = Catalog(listings, journal)
    try:
        _step(opening, catalog, path.parent)
    except BaseException:
        catalog.close()
        raise
    catalog.notices = tuple(opening.notices)
    return catalog


def _step(opening: _Opening, catalog: Catalog, folder: Path) -> None:
    """Bring journal and projection into step, and tell when the journal is not the one that was here before."""
    empty = catalog.journal.is_empty
    before = catalog.projection.applied
    if empty and before and not opening.journal_gone:
        opening.journal_gone = "missing"
        opening.notices.append(Notice("journal-missing", f"the journal in {folder} is gone", _REMEDY_LOST))
    if empty and opening.journal_gone and catalog.recall(LOST_KEY) is None:
        catalog.remember(LOST_KEY, opening.clock.now().isoformat())
    if not catalog.projection.in_step() and catalog.projection.catch_up() and before and not empty:
        opening.notices.append(
            Notice(
                "journal-replaced",
                f"the journal in {folder} is not the one that was here before; what it says holds",
                "if it is an older copy, restore a newer one; backups that it does not know are kept as unknown",
            )
        )


def _path(place: Path | str) -> Path:
    text = str(place)
    if text.startswith(_SCHEME):
        return Path(text.removeprefix(_SCHEME))
    if "://" in text:
        raise CatalogError(f"not a catalog that this version can open: {text}", remedy="write sqlite:////…/catalog.db")
    return Path(text) / "catalog.db"


def _make(path: Path) -> None:
    """An empty file that only we can read; SQLite gives its companions the same mode."""
    refuse_symlink(path)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        sync_folder(path.parent)
