"""Carries the journal out into one consistent file, and back in without losing what was recorded since."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

from sqlalchemy import func, insert, select

from reconciler.catalog.database import Database
from reconciler.catalog.journal.journal import Journal
from reconciler.catalog.journal.tables import ENTRIES
from reconciler.catalog.schema import JOURNAL, prepare
from reconciler.errors import CatalogError
from reconciler.kit.fsio import refuse_symlink, sync_folder
from reconciler.observed.entries import JournalStarted


def export(journal: Database, target: Path) -> None:
    """Write a consistent copy to ``target``, one file that needs nothing beside it, durable and 0600.

    Others may append meanwhile. Raises CatalogError, OSError.
    """
    refuse_symlink(target)
    temporary = target.with_name(f".{target.name}.{token_hex(6)}.tmp")
    try:
        _touch(temporary)
        with journal.raw() as source, closing(sqlite3.connect(temporary, isolation_level=None)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        _sync(temporary)
        temporary.rename(target)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
    sync_folder(target.parent)


def bring_back(journal: Database, saved: Path, now: datetime) -> int:
    """Put a saved journal under the present one; gives how many entries the saved one held.

    What the present one recorded and the saved one lacks is appended after it, with its own times, so that
    nothing is lost; then the entry that it was restored. All of it appears in one step or not at all.
    Raises CatalogError when the saved file is damaged or no journal.
    """
    work = journal.path.with_name(f".{journal.path.name}.{token_hex(6)}.tmp")
    try:
        _touch(work)
        shutil.copyfile(saved, work)
        merged = Database(work, timedelta(seconds=5))
        try:
            held = _merge(journal, merged, saved, now)
            with merged.raw() as source, journal.raw() as target:
                source.backup(target)
        finally:
            merged.close()
    finally:
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                Path(f"{work}{suffix}").unlink()
    return held


def _merge(journal: Database, merged: Database, saved: Path, now: datetime) -> int:
    try:
        merged.check()
        prepare(merged, JOURNAL, upgrade=True, create=False)
    except CatalogError as error:
        raise CatalogError(
            f"{saved} is no sound journal ({error.what})", remedy="restore another backup of reconciler-state"
        ) from error
    columns = [column for column in ENTRIES.c if column.name != "seq"]
    with journal.reading() as present, merged.writing() as target:
        held = target.scalar(select(func.count()).select_from(ENTRIES)) or 0
        known = {(row.recorded_at, row.body) for row in target.execute(select(ENTRIES.c.recorded_at, ENTRIES.c.body))}
        for row in present.execute(select(*columns).order_by(ENTRIES.c.seq)):
            if (row.recorded_at, row.body) not in known:
                target.execute(insert(ENTRIES), [dict(row._mapping)])
    Journal(merged).append([JournalStarted(how="restored")], now)
    return held


def _touch(path: Path) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
