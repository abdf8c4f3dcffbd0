"""Fills a begun catalog with the backups of many days, in bulk, as the product would have written them one by one."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex

from reconciler.catalog.columns import instant_text
from reconciler.catalog.database import Database
from reconciler.catalog.journal.journal import Journal
from reconciler.catalog.journal.tables import ENTRIES
from reconciler.catalog.listings.snapshots import origin_key
from reconciler.catalog.listings.tables import PAGES, PROGRESS, SNAPSHOTS
from reconciler.catalog.projection.tables import ATTEMPTS, VERDICTS, WORKS
from reconciler.kit.shipped import shipped_templates
from reconciler.obligations.builtin import TIER
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.backup import Verdict
from reconciler.observed.entries import ENTRY, AttemptBegan, AttemptEnded
from reconciler.observed.identify import tags_for
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.policy.schedule import slots_of
from reconciler.recovery.fingerprint import Fingerprints

SIZE, FILES, ADDED, SECONDS = 5000, 3, 100, 12.0
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Filling:
    """``each`` backups a placement of the policy, a day apart, the newest of the slot before ``now``."""

    state: Path
    policy: ResolvedPolicy
    now: datetime
    each: int


@dataclass(slots=True)
class _Place:
    """An asset in a repository, with what all of its rows share."""

    asset: str
    repository: str
    host: str
    paths: str
    origin: str
    newest: datetime
    each: int
    last: tuple[str, int] = ("", 0)


@dataclass(slots=True)
class _Batch:
    """Rows of one day, by table."""

    entries: list[tuple[object, ...]] = field(default_factory=list)
    snapshots: list[tuple[object, ...]] = field(default_factory=list)
    attempts: list[tuple[object, ...]] = field(default_factory=list)
    verdicts: list[tuple[object, ...]] = field(default_factory=list)


def fill(filling: Filling) -> None:
    """Write everything, and bring the projection's mark into step with the journal."""
    journal_file, catalog_file = filling.state / "journal.db", filling.state / "catalog.db"
    places = list(_places(filling))
    with closing(_opened(journal_file)) as journal, closing(_opened(catalog_file)) as catalog:
        seq = journal.execute("SELECT max(seq) FROM entries").fetchone()[0]
        tables = {journal: (ENTRIES,), catalog: (SNAPSHOTS, ATTEMPTS, VERDICTS)}
        for connection, some in tables.items():
            for table in some:
                _indexes(connection, table, there=False)
        for day in range(filling.each - 1, -1, -1):
            batch, seq = _day(filling, places, day, seq)
            _insert(journal, ENTRIES, batch.entries)
            _insert(catalog, SNAPSHOTS, batch.snapshots)
            _insert(catalog, ATTEMPTS, batch.attempts)
            _insert(catalog, VERDICTS, batch.verdicts)
        _finish(filling, catalog, places)
        for connection, some in tables.items():
            for table in some:
                _indexes(connection, table, there=True)
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode=WAL")
    database = Database(journal_file, A_DAY)
    place = Journal(database).newest()
    database.close()
    with closing(sqlite3.connect(catalog_file, isolation_level=None)) as catalog:
        catalog.execute(f"UPDATE {PROGRESS.name} SET seq = ?, stamp = ?", place)


def _places(filling: Filling) -> Iterator[_Place]:
    zone = ZoneInfo(filling.policy.settings.time_zone)
    for asset in filling.policy.assets.values():
        # The state's own retention keeps so many whatever a day brings; more would have to be marked first.
        each = min(filling.each, 3) if asset.tier == TIER else filling.each
        paths = tuple(asset.source.files.include) if asset.source.files else ()
        for placed in asset.placements:
            slot = slots_of(asset, placed, zone, filling.policy.name).latest(filling.now)
            newest = min(slot + timedelta(seconds=1), filling.now)
            key = origin_key(asset.host, paths)
            yield _Place(asset.name, placed.repository, asset.host, json.dumps(paths), key, newest, each)


def _day(filling: Filling, places: list[_Place], day: int, seq: int) -> tuple[_Batch, int]:
    batch = _Batch()
    bodies = _Bodies()
    for place in places:
        if day >= place.each:
            continue
        number = seq + 1
        mark = hashlib.blake2b(f"a{number}".encode(), digest_size=10).hexdigest()
        backup = hashlib.blake2b(f"b{number}".encode(), digest_size=32).hexdigest()
        began, ended = seq + 1, seq + 2
        seq = ended
        started = place.newest - day * A_DAY
        at, over = instant_text(started), instant_text(started + timedelta(seconds=SECONDS))
        place.last = (mark, began)
        tags = json.dumps(tags_for(filling.policy, place.asset, mark))
        identity, where = filling.policy.identity(place.asset), (place.asset, place.repository)
        batch.entries += (
            (began, at, "attempt-began", *where, mark, bodies.began(place, mark, at)),
            (ended, over, "attempt-ended", *where, mark, bodies.ended(place, mark, backup)),
        )
        seen = (at, place.host, place.paths, tags, None, SIZE, FILES, backup, backup, identity, place.origin, mark)
        batch.snapshots.append((place.repository, backup, *seen))
        tried = (Verb.BACKUP.value, place.repository, place.asset, at, at, None, None, over, Outcome.SUCCEEDED.value)
        batch.attempts.append((mark, began, *tried, "", "", 1, backup, FILES, SIZE, ADDED, SECONDS))
        batch.verdicts.append((backup, ended, place.asset, Verdict.COMPLETE.value, 0, SIZE, FILES, "[]"))
    return batch, seq


class _Bodies:
    """The bodies of entries, made once by the product and then filled in as text."""

    def __init__(self) -> None:
        about = {"attempt": "#mark", "verb": Verb.BACKUP, "repository": "#repository", "asset": "#asset"}
        began = AttemptBegan.model_validate({**about, "slot": datetime.fromisoformat("2001-01-01T00:00:00Z")})
        ended = AttemptEnded.model_validate(
            {
                **about,
                "outcome": Outcome.SUCCEEDED,
                "backup": "#backup",
                "verdict": Verdict.COMPLETE,
                "files": FILES,
                "size": SIZE,
                "added": ADDED,
                "seconds": SECONDS,
            }
        )
        self._began = ENTRY.dump_json(began).decode()
        self._ended = ENTRY.dump_json(ended).decode()

    def began(self, place: _Place, mark: str, at: str) -> str:
        text = self._began.replace("2001-01-01T00:00:00Z", at.replace(".000000", ""))
        return _named(text, place, mark)

    def ended(self, place: _Place, mark: str, backup: str) -> str:
        return _named(self._ended.replace("#backup", backup), place, mark)


def _named(text: str, place: _Place, mark: str) -> str:
    return text.replace("#mark", mark).replace("#repository", place.repository).replace("#asset", place.asset)


def _finish(filling: Filling, catalog: sqlite3.Connection, places: list[_Place]) -> None:
    """What all those entries add up to."""
    recent = json.dumps([[SECONDS, SIZE]] * 5)
    rows = []
    for place in places:
        first, last = place.newest - (place.each - 1) * A_DAY, place.newest + timedelta(seconds=SECONDS)
        moments = (instant_text(first), instant_text(last), instant_text(first))
        rows.append((place.last[0], *moments, recent, place.asset, place.repository))
    catalog.executemany(
        "UPDATE placements SET last = ?, failures = 0, begun = ?, succeeded = ?, read_all = ?, recent = ?"
        " WHERE asset = ? AND repository = ?",
        rows,
    )
    newest = {place.repository: place for place in places}
    done = [(name, place.last, instant_text(place.newest)) for name, place in newest.items()]
    works = [(name, Verb.BACKUP.value, last[0], 0, None, at, last[1], 1, "") for name, last, at in done]
    _insert(catalog, WORKS, works)
    prints = Fingerprints(filling.policy, shipped_templates())
    now = instant_text(filling.now)
    _insert(catalog, PAGES, ((asset.name, prints.of(asset), now) for asset in filling.policy.assets.values()))
    catalog.execute("UPDATE journal SET newest = ?", (now,))


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "cache_size=-2000000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN")
    return connection


def _indexes(connection: sqlite3.Connection, table: Table, *, there: bool) -> None:
    """Drop a table's indexes, or make them: to make them at the end is much quicker."""
    for index in table.indexes:
        text = str(CreateIndex(index).compile(dialect=sqlite.dialect()))
        connection.execute(text if there else f"DROP INDEX {index.name}")


def _insert(connection: sqlite3.Connection, table: Table, rows: Iterable[tuple[object, ...]]) -> None:
    names = table.columns.keys()
    marks = ", ".join("?" * len(names))
    connection.executemany(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})", rows)
