"""The world that hears the lies: prepared once, copied for each case; and the truth, which only restic itself tells."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconciler.obligations.actions import Action, BackUp
from reconciler.observed.backup import Backup
from reconciler.observed.facts import PlacementFacts
from reconciler.operations.passing import PassResult
from tests.e2e.world import CANARY, World, make_world
from tests.faults.lying.shim import CALLS, How
from tests.lab.require import require
from tests.lab.restic import Restic

ROOT = Path(__file__).parents[3]
PLACES = ("local", "second")
BELIEVED = (("docs", "local"), ("docs", "second"), ("mail", "local"))
SHIM = """\
#!{python} -SE
import sys
sys.path.insert(0, {root!r})
import tests.faults.lying.listings, tests.faults.lying.streams, tests.faults.lying.work
from tests.faults.lying.shim import main
main({restic!r}, {folder!r})
"""
SLOW = """\
---
apiVersion: backup/v1
kind: Tier
metadata: {name: slow}
spec: {rpo: 30d, rto: 4h, retention: keep, copies: {minimum: 2}}
"""
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Held:
    """A snapshot that a repository really holds."""

    id: str
    asset: str
    time: datetime
    complete: bool
    lineage: str


@dataclass(slots=True)
class Stage:
    """One world, and the state to which it goes back before each case."""

    world: World
    saved: Path
    shift: timedelta = timedelta(0)
    complete: set[str] = field(default_factory=set)

    def reset(self) -> None:
        """Everything as it was prepared; the state of before is at the same paths."""
        folder = self.world.folder
        shutil.rmtree(folder)
        subprocess.run(["cp", "-a", str(self.saved), str(folder)], check=True)
        self.world.shift = self.shift
        self.world.lines.clear()

    def lie(self, name: str, verb: str, how: How) -> None:
        """From now on restic lies of this verb."""
        plan = {"lie": name, "calls": CALLS[verb], "how": how}
        (self.world.folder / "lie.json").write_text(json.dumps(plan))

    def be_honest(self) -> int:
        """No more lies; gives how many were told."""
        (self.world.folder / "lie.json").unlink()
        told = self.world.folder / "told"
        count = len(told.read_text().splitlines()) if told.exists() else 0
        told.unlink(missing_ok=True)
        return count

    def pass_(self) -> PassResult:
        """One pass, without the asset that is the reconciler's own: it is not what is lied about."""
        return self.world.pass_(_of_people)

    def believed(self) -> dict[tuple[str, str], PlacementFacts]:
        """What is known of each asset in each of its places."""
        with self.world.desk(lead=False) as desk:
            stored = desk.catalog.enforced()
            assert stored is not None
            observed = desk.catalog.facts(stored[1], desk.clock.now())
            return {place: observed.placement(*place) for place in BELIEVED}

    def counted(self) -> dict[tuple[str, str], list[Backup]]:
        """What is believed to count, newest first."""
        now = datetime.now(UTC) + self.world.shift
        return {place: [b for b in facts.backups if b.counted(now)] for place, facts in self.believed().items()}

    def truth(self) -> dict[str, dict[str, Held]]:
        """What each repository holds, by its own listing and by the files that each new backup lists."""
        return {place: {held.id: held for held in self.held(place)} for place in PLACES}

    def held(self, place: str) -> Iterable[Held]:
        restic = real(self.world, place)
        for entry in restic.snapshots():
            tags = entry["tags"] if isinstance(entry.get("tags"), list) else []
            asset = next((str(tag)[11:] for tag in tags if str(tag).startswith("asset=test/")), "")
            backup = str(entry["id"])
            whole = backup in self.complete or (asset in ("docs", "mail") and self._is_whole(restic, asset, backup))
            original = str(entry.get("original") or backup)
            yield Held(backup, asset, datetime.fromisoformat(str(entry["time"])[:19] + "+00:00"), whole, original)

    def _is_whole(self, restic: Restic, asset: str, backup: str) -> bool:
        folder = self.world.folder / "data" / asset
        wanted = {str(path): path.stat().st_size for path in folder.iterdir()}
        nodes = [json.loads(line) for line in restic.attempt("ls", "--json", "--no-lock", backup).stdout.splitlines()]
        return {n["path"]: n.get("size", 0) for n in nodes if n.get("type") == "file"} == wanted


def real(world: World, place: str) -> Restic:
    """The real restic with one of the repositories."""
    return Restic(str(world.folder / "repositories" / place), CANARY)


def prepare(folder: Path) -> Stage:
    """Two assets: ``docs`` every hour with a copy, two backups of it; ``mail`` with a good and a degraded one."""
    root = folder / "world"
    world = make_world(root, restic=str(root / "restic"), grace="90d")
    world.shift = NOON - datetime.now(UTC)
    (root / "known").mkdir()
    shim = root / "restic"
    shim.write_text(SHIM.format(python=sys.executable, root=str(ROOT), restic=require("restic"), folder=str(root)))
    shim.chmod(0o755)
    world.data("docs")
    world.data("mail", a="mail", b="y" * 7000)
    head = world.head(last=2).replace("minimum: 2", "minimum: 3") + SLOW
    mail = world.asset("mail", "local").replace("tier: tier", "tier: slow")
    docs = world.asset("docs", "local", "second:local")
    world.policy.commit({"policy.yaml": head, "docs.yaml": docs, "mail.yaml": mail})
    stage = Stage(world, folder / "saved")
    _make_history(stage)
    _tell(stage)
    stage.shift = world.shift
    for place in PLACES:
        _leave_out_empty_folders(root / "repositories" / place / "data")
    shutil.rmtree(root / "made")
    shutil.copytree(root, stage.saved, symlinks=True)
    return stage


def _make_history(stage: Stage) -> None:
    world = stage.world
    assert not stage.pass_().failures
    world.data("docs", a="second of docs", b="x" * 5000)
    world.data("mail", a="more mail", b="y" * 7000)
    world.later(days=31)
    stage.lie("a partial backup", "backup", {})
    world.pass_(lambda action: isinstance(action, BackUp) and action.asset == "mail")
    assert stage.be_honest() == 1
    assert not stage.pass_().failures
    counted = stage.counted()
    assert [len(counted[place]) for place in BELIEVED] == [2, 2, 1]
    assert [backup.verdict for backup in world.facts("mail", "local").backups] == ["degraded", "complete"]
    stage.complete |= {backup.id for backups in counted.values() for backup in backups}
    world.data("docs", a="third of docs, the longest", b="x" * 5000)
    world.later(hours=1, minutes=1)


def _leave_out_empty_folders(folder: Path) -> None:
    """restic makes them when it needs them, and each reset copies them."""
    for one in folder.iterdir():
        if not any(one.iterdir()):
            one.rmdir()


def _tell(stage: Stage) -> None:
    """What the liar has to know."""
    world, known = stage.world, stage.world.folder / "known"
    listed = {place: real(world, place).snapshots() for place in PLACES}
    for place, entries in listed.items():
        (known / f"ids {place}").write_text("".join(f"{entry['id']}\n" for entry in entries))
        (known / f"snapshots {place}").write_text(json.dumps(entries))
    docs = [entry for entry in listed["local"] if "asset=test/docs" in str(entry["tags"])]
    mail = [entry for entry in listed["local"] if "asset=test/mail" in str(entry["tags"])]
    chosen = {
        "newest of docs": docs[-1]["id"],
        "oldest of docs": docs[0]["id"],
        "good of mail": mail[0]["id"],
        "degraded of mail": mail[-1]["id"],
        "copy of docs": listed["second"][-1]["id"],
        "identity of second": json.loads(real(world, "second").run("cat", "config", "--no-lock"))["id"],
    }
    for name, text in chosen.items():
        (known / name).write_text(str(text))
    (known / "entry of before").write_text(json.dumps(docs[-1]))
    (known / "entry of another").write_text(json.dumps(mail[0]))
    fresh = {"id": "c0ffee" * 10 + "beef", "time": (datetime.now(UTC) + world.shift).isoformat()}
    (known / "phantom").write_text(json.dumps({**docs[-1], **fresh}))


def _of_people(action: Action) -> bool:
    return getattr(action, "asset", "") != "reconciler-state"
