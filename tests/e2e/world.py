"""A whole small world for tests: data, a policy in git, two cheap repositories, host settings, a clock to move."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from reconciler.execution.board import QuietBoard
from reconciler.kit.settings_file import read_settings
from reconciler.obligations.actions import Action
from reconciler.observed.facts import PlacementFacts
from reconciler.operations.approving import approve_offer
from reconciler.operations.desk import Desk, open_desk
from reconciler.operations.passing import Pass, PassResult
from reconciler.operations.places import in_force
from reconciler.policy.schedule import slots_of
from reconciler.settings import HostSettings
from tests.lab.clock import ShiftedClock
from tests.lab.gitrepository import GitRepository, make_git_repository
from tests.lab.repositories import make_repository
from tests.lab.require import require

CANARY = f"canary-{uuid4().hex[:8]}-passphrase"

HEAD = """\
apiVersion: backup/v1
kind: Policy
metadata: {{name: test}}
spec: {{defaultHost: here, timeZone: Europe/Madrid}}
---
apiVersion: backup/v1
kind: Contact
metadata: {{name: platform}}
spec: {{email: platform@example.org, phone: "+34 600 000 000"}}
---
apiVersion: backup/v1
kind: Tier
metadata: {{name: tier}}
spec: {{rpo: 1h, rto: 4h, retention: keep, copies: {{minimum: 2}}}}
---
apiVersion: backup/v1
kind: Retention
metadata: {{name: keep}}
spec: {{last: {last}}}
"""
REPOSITORY = """\
---
apiVersion: backup/v1
kind: Repository
metadata: {{name: {name}}}
spec: {{location: {{local: {{path: {path}}}}}, passwordFrom: {{file: {key}}}, medium: {medium}, failureDomain: {name}}}
"""
ASSET = """\
apiVersion: backup/v1
kind: Asset
metadata: {{name: {name}}}
spec:
  owner: platform
  tier: tier
  source: {{files: {{include: [{path}]}}}}
  repositories: [{places}]
"""


@dataclass(slots=True)
class World:
    """Everything below one folder; ``shift`` moves the clock."""

    folder: Path
    policy: GitRepository
    settings: HostSettings
    shift: timedelta = timedelta(0)
    lines: list[str] = field(default_factory=list)

    @property
    def key(self) -> Path:
        """The passphrase's file."""
        return self.folder / "host" / "passphrase"

    def data(self, name: str, **files: str) -> Path:
        """A folder with files of an asset."""
        folder = self.folder / "data" / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in (files or {"a": f"first of {name}", "b": "x" * 5000}).items():
            (folder / file).write_text(text)
        return folder

    def asset(self, name: str, *places: str) -> str:
        """The document of a files asset; places like ``local`` and ``second:local`` for a copy."""
        spelled = ", ".join(
            f"{{name: {place}, copyOf: {origin}}}" if origin else f"{{name: {place}}}"
            for place, _, origin in (one.partition(":") for one in places or ("local",))
        )
        return ASSET.format(name=name, path=self.folder / "data" / name, places=spelled)

    def head(self, last: int = 3) -> str:
        """The documents that every policy here has."""
        text = HEAD.format(last=last)
        for name, medium in (("local", "disk"), ("second", "nas")):
            path = self.folder / "repositories" / name
            text += REPOSITORY.format(name=name, path=path, key=self.key, medium=medium)
        return text

    @contextmanager
    def desk(self, *, lead: bool = True) -> Iterator[Desk]:
        """An open desk on this world's clock."""
        with open_desk(self.settings, verb="test", lead=lead, clock=ShiftedClock(self.shift)) as desk:
            yield desk

    def pass_(self, wanted: Callable[[Action], bool] = lambda _action: True) -> PassResult:
        """One whole pass."""
        with self.desk() as desk:
            return Pass(desk, _Lines(self.lines), wanted=wanted).run()

    def facts(self, asset: str, repository: str) -> PlacementFacts:
        """What is known of an asset in a repository."""
        with self.desk(lead=False) as desk:
            stored = desk.catalog.enforced()
            if stored is None:
                return PlacementFacts(asset, repository)
            return desk.catalog.facts(in_force(desk, stored[1]), desk.clock.now()).placement(asset, repository)

    def unmarked(self, asset: str, repository: str) -> list[str]:
        """The ids of the backups that have not expired, newest first."""
        facts = self.facts(asset, repository)
        return [backup.id for backup in facts.backups if backup.id not in facts.marks]

    def later(self, **span: float) -> None:
        """Move the clock."""
        self.shift += timedelta(**span)

    def later_than_next_slot(self, asset: str, repository: str) -> None:
        """Move the clock just past the next slot, so that no other comes while a test counts backups."""
        with self.desk(lead=False) as desk:
            stored = desk.catalog.enforced()
            assert stored is not None
            policy, now = stored[1], desk.clock.now()
            found = policy.assets[asset]
            slots = slots_of(found, found.placement(repository), ZoneInfo(policy.settings.time_zone), policy.name)
            self.shift += slots.next(now) - now + timedelta(seconds=1)

    def approve(self, checksum: str) -> None:
        """Approve as somebody on the host would."""
        with self.desk(lead=False) as desk:
            approve_offer(desk, checksum, "tested", "tester")


class _Lines(QuietBoard):
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def end(self, action: Action, line: str, succeeded: bool) -> None:
        asset, repository = getattr(action, "asset", ""), getattr(action, "repository", "")
        self._lines.append(f"{'ok' if succeeded else 'FAILED'} {action.verb} {asset} {repository}: {line}")


def make_world(folder: Path, *, cheap: bool = True, **settings: str) -> World:
    """Two empty repositories (made with a cheap key unless ``cheap`` is False), no policy committed yet."""
    require("restic")
    host = folder / "host"
    host.mkdir(parents=True)
    (host / "passphrase").write_text(CANARY)
    (host / "passphrase").chmod(0o400)
    for name in ("local", "second") if cheap else ():
        scratch = folder / "made" / name
        made = make_repository(scratch, CANARY)
        (folder / "repositories").mkdir(exist_ok=True)
        made.path.rename(folder / "repositories" / name)
    policy = make_git_repository(folder / "policy")
    text = f"policy: {{url: {folder / 'policy'}}}\nstate: {folder / 'state'}\nhost: here\n"
    text += f"runbooks: {{folder: {folder / 'runbooks'}}}\n"
    text += "".join(f"{name}: {value}\n" for name, value in ({"grace": "1h"} | settings).items())
    (host / "reconciler.yaml").write_text(text)
    return World(folder, policy, read_settings(host / "reconciler.yaml", os.environ))
