"""A host with a policy of N assets in git, cheap repositories, and settings; the engine is the real one or the stub."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bench.policies import DAILY, Terms, policy_files, write_policy
from reconciler.execution.board import QuietBoard
from reconciler.kit.clock import Clock, SystemClock
from reconciler.kit.settings_file import read_settings
from reconciler.operations.alerting import after_pass
from reconciler.operations.desk import Desk, open_desk
from reconciler.operations.passing import Examine, Pass, PassResult, accept
from reconciler.settings import HostSettings
from tests.lab.gitrepository import GitRepository, make_git_repository
from tests.lab.repositories import make_repository

PASSPHRASE = "bench-passphrase"
SETTINGS = """\
policy: {{url: {folder}/policy}}
state: {folder}/state
host: here
restic: {restic}
runbooks: {{folder: {folder}/runbooks}}
listen: 127.0.0.1:{port}
"""


@dataclass(slots=True)
class StandingClock:
    """Stands still where it was put, so that nothing becomes due while something else is measured."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return SystemClock().monotonic()

    def boot(self) -> float | None:
        return 1000.0


@dataclass(slots=True)
class Host:
    """Everything below one folder. ``data`` are the assets' folders."""

    folder: Path
    settings: HostSettings
    repositories: dict[str, Path]
    data: list[Path] = field(default_factory=list)

    @property
    def config(self) -> Path:
        """The host settings."""
        return self.folder / "reconciler.yaml"

    @property
    def key(self) -> Path:
        """The passphrase of every repository."""
        return self.folder / "passphrase"

    @property
    def policy(self) -> GitRepository:
        """The policy source."""
        return GitRepository(self.folder / "policy")

    @contextmanager
    def desk(self, clock: Clock | None = None) -> Iterator[Desk]:
        """A desk as the loop has it."""
        with open_desk(self.settings, verb="bench", lead=True, clock=clock) as desk:
            yield desk


def one_pass(desk: Desk, examine: Examine = accept) -> PassResult:
    """What the loop does each time it wakes."""
    result = Pass(desk, QuietBoard(), examine=examine).run()
    after_pass(desk, result)
    return result


def settled(desk: Desk, most: int = 4) -> PassResult:
    """Passes until one has nothing to do. Raises RuntimeError when something fails, or none comes."""
    for _ in range(most):
        result = one_pass(desk)
        if result.failures:
            raise RuntimeError(f"{len(result.failures)} actions failed, first: {result.failures[0].line}")
        if result.plan is None:
            raise RuntimeError(f"no policy is in force: {result.state.facts.problem}")
        if not result.done:
            return result
    raise RuntimeError(f"there is always something to do: {result.done[0].action}")


def make_host(
    folder: Path, assets: int, *, restic: Path | str | None = None, repositories: int = 1, terms: Terms = DAILY
) -> Host:
    """Make all of it, the assets' folders apart; the policy is committed."""
    folder.mkdir(parents=True, exist_ok=True)
    places = {}
    for number in range(repositories):
        made = make_repository(folder / "made" / str(number), PASSPHRASE)
        place = folder / "repositories" / f"r{number:02d}"
        place.parent.mkdir(exist_ok=True)
        (made.path / "stub-id").write_text(f"{made.id}\n")
        made.path.rename(place)
        places[place.name] = place
    (folder / "passphrase").write_text(PASSPHRASE)
    (folder / "passphrase").chmod(0o400)
    program = restic or shutil.which("restic") or "/usr/bin/restic"
    port = 20_000 + os.getpid() % 10_000
    (folder / "reconciler.yaml").write_text(SETTINGS.format(folder=folder, restic=program, port=port))
    host = Host(folder, read_settings(folder / "reconciler.yaml", {}), places)
    host.data = [folder / "data" / f"{number:06d}" for number in range(assets)]
    source = make_git_repository(folder / "policy")
    write_policy(source.path, policy_files(host.data, places, host.key, terms))
    source.commit()
    return host


def opened_host(folder: Path) -> Host:
    """One that was made before."""
    places = {path.name: path for path in sorted((folder / "repositories").iterdir())}
    return Host(folder, read_settings(folder / "reconciler.yaml", {}), places)


def fill_data(host: Host) -> None:
    """A few small files in each asset's folder."""
    for number, folder in enumerate(host.data):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "name").write_text(f"asset {number}\n")
        (folder / "content").write_bytes(os.urandom(5000))
        (folder / "more").write_bytes(os.urandom(2000))


def change_data(host: Host) -> None:
    """Each asset is another than before, by a few bytes."""
    for folder in host.data:
        (folder / "content").write_bytes(os.urandom(5000))


def standing(after: timedelta = timedelta(0)) -> StandingClock:
    """A clock that stands so much after this moment."""
    return StandingClock(SystemClock().now() + after)
