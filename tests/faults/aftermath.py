"""What must hold of a world whose passes were killed, read from its repositories and its journal directly."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.e2e.world import CANARY, World
from tests.lab.restic import Restic

SLOT = timedelta(minutes=48)
"""Four fifths of the hour that the tier promises: each iteration has one due slot of each asset."""
REPOSITORIES = ("local", "second")


@dataclass(frozen=True, slots=True)
class Noted:
    """A journal entry as it lies in the file."""

    seq: int
    kind: str
    body: dict[str, object]

    def listed(self, name: str) -> list[str]:
        found = self.body.get(name)
        return [str(one) for one in found] if isinstance(found, list) else []


@dataclass(slots=True)
class Aftermath:
    """A world and what is left of its passes. ``seen`` is every backup that was ever listed."""

    world: World
    seen: dict[str, dict[str, dict[str, object]]] = field(default_factory=lambda: {name: {} for name in REPOSITORIES})
    locks: dict[Path, int] = field(default_factory=dict)

    def verify(self) -> None:
        """Nothing twice, nothing gone unplanned, nothing left behind."""
        self._verify_slots()
        self._verify_copies()
        self._verify_deletions()
        for log in self.world.folder.glob("log-*"):
            assert "Traceback" not in log.read_text(), log.read_text()
        self._verify_locks()
        assert not self.open_attempts(), "an attempt never ended"
        assert not list((self.world.folder / "state" / "attempts").iterdir()), "a trail was left"
        assert not self.engines(), "a restic still runs"
        odd = [one for one in self.entries() if one.kind in ("vanished", "invalidated")]
        assert not odd, odd

    def check_repositories(self) -> None:
        """restic itself finds nothing wrong, every byte read."""
        for name in REPOSITORIES:
            restic = self._restic(name)
            done = restic.attempt("check", "--read-data")
            assert done.returncode == 0, done.stdout + done.stderr

    def look(self) -> None:
        """Remember what the repositories list now."""
        for name in REPOSITORIES:
            self.seen[name] |= {str(one["id"]): one for one in self._restic(name).snapshots()}

    def lacking(self) -> list[str]:
        """Assets without a backup of their due slot, by the journal's own slots."""
        slots = self._slots()
        now = datetime.now(UTC) + self.world.shift
        found = []
        for asset, repository in (("a", "local"), ("b", "local")):
            made = [at for (one, place, at), count in slots.items() if (one, place) == (asset, repository) and count]
            if not made or max(made) + SLOT < now:
                found.append(f"{asset} in {repository}")
        newest = max(self._of("local", "a"), key=lambda one: str(one["time"]), default=None)
        if newest is None or newest["id"] not in {one.get("original") for one in self._of("second", "a")}:
            found.append("the copy of a in second")
        return found

    def _of(self, repository: str, asset: str) -> list[dict[str, object]]:
        return [one for one in self.seen[repository].values() if f"asset=test/{asset}" in _tags(one)]

    def _slots(self) -> Counter[tuple[str, str, datetime]]:
        """How many backups of each slot there ever were, of all those that attempts say they were for."""
        begun = {str(one.body["attempt"]): one.body for one in self.entries() if one.kind == "attempt-began"}
        counts: Counter[tuple[str, str, datetime]] = Counter()
        for name in REPOSITORIES:
            for snapshot in self.seen[name].values():
                if snapshot.get("original"):
                    continue
                attempt = next(tag.removeprefix("attempt=") for tag in _tags(snapshot) if tag.startswith("attempt="))
                assert attempt in begun, f"{snapshot['id']} in {name} is of an attempt that the journal does not know"
                body = begun[attempt]
                slot = datetime.fromisoformat(str(body["slot"]).replace("Z", "+00:00"))
                counts[str(body["asset"]), name, slot] += 1
        return counts

    def _verify_locks(self) -> None:
        """A dead restic's lock is cleared when the repository is needed alone: two slots later at the latest."""
        there = {
            file
            for name in REPOSITORIES
            for file in (self.world.folder / "repositories" / name / "locks").iterdir()
            # restic writes under another name first; what is left of that when it is killed is no lock.
            if "-tmp-" not in file.name
        }
        self.locks = {file: self.locks.get(file, 0) + 1 for file in there}
        stale = [file for file, times in self.locks.items() if times > 2]
        assert not stale, f"locks that nobody clears: {stale}"

    def _verify_slots(self) -> None:
        twice = {key: count for key, count in self._slots().items() if count != 1}
        assert not twice, f"more than one backup of a slot: {twice}"

    def _verify_copies(self) -> None:
        originals = Counter(str(one["original"]) for one in self.seen["second"].values() if one.get("original"))
        twice = {key: count for key, count in originals.items() if count != 1}
        assert not twice, f"copied more than once: {twice}"

    def _verify_deletions(self) -> None:
        entries = self.entries()
        for name in REPOSITORIES:
            there = {str(one["id"]) for one in self._restic(name).snapshots()}
            mine = [one for one in entries if one.body.get("repository") == name]
            intended = {found for one in mine if one.kind == "forget-intended" for found in one.listed("backups")}
            marked = {str(found) for one in mine if one.kind == "marked" for found in _marked(one)}
            unplanned = self.seen[name].keys() - there - (intended & marked)
            assert not unplanned, f"gone from {name}, and nobody planned it: {unplanned}"

    def engines(self) -> list[int]:
        """Every restic of this world that runs."""
        cache = f"--cache-dir={self.world.folder}/state/cache".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if cache in (process / "cmdline").read_bytes().split(b"\0"):
                    found.append(int(process.name))
            except OSError:
                continue
        return found

    def kill_engines(self) -> int:
        """SIGKILL for each of them; how many there were."""
        killed = 0
        for pid in self.engines():
            try:
                os.kill(pid, signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                continue
        return killed

    # The journal, read as a file

    def entries(self, after: int = 0) -> list[Noted]:
        path = self.world.folder / "state" / "journal.db"
        if not path.exists():
            return []
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
            rows = connection.execute("select seq, kind, body from entries where seq > ? order by seq", (after,))
            return [Noted(seq, kind, json.loads(body)) for seq, kind, body in rows]

    def newest_seq(self) -> int:
        return max((one.seq for one in self.entries()), default=0)

    def open_attempts(self) -> list[Noted]:
        entries = self.entries()
        ended = {one.body["attempt"] for one in entries if one.kind == "attempt-ended"}
        return [one for one in entries if one.kind == "attempt-began" and one.body["attempt"] not in ended]

    def _restic(self, name: str) -> Restic:
        return Restic(str(self.world.folder / "repositories" / name), CANARY, ("--no-lock", "--no-cache"))


def _tags(snapshot: dict[str, object]) -> list[str]:
    found = snapshot.get("tags")
    return [str(one) for one in found] if isinstance(found, list) else []


def _marked(entry: Noted) -> list[str]:
    found = entry.body.get("backups")
    return [str(one["backup"]) for one in found if isinstance(one, dict)] if isinstance(found, list) else []
