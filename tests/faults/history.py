"""A world with a little history, made once and given fresh to each test that harms it; and what a pass may say."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.obligations.assessment import State
from reconciler.obligations.parts import parts_of
from reconciler.observed.attempts import Verb
from reconciler.operations.passing import PassResult
from tests.e2e.world import CANARY, World, make_world
from tests.lab.restic import Restic

DELETIONS = (Verb.FORGET, Verb.PRUNE)


@dataclass(slots=True)
class History:
    """Hourly backups of ``docs`` in ``local``, copied to ``second``; the rules keep two, and each pass lets one go."""

    folder: Path
    world: World

    @property
    def _saved(self) -> Path:
        return self.folder.with_name("saved")

    def save(self) -> None:
        """This is what each test begins with."""
        shutil.copytree(self.folder, self._saved, symlinks=True)

    def fresh(self) -> World:
        """The world as it was saved, at the same place; the clock of the next hour."""
        shutil.rmtree(self.folder)
        shutil.copytree(self._saved, self.folder, symlinks=True)
        return replace(self.world, lines=[])


def make_history(folder: Path, passes: int = 3) -> History:
    """So many passes, an hour apart. The structure of both repositories is checked hourly."""
    world = make_world(folder, grace="1m", floor="{minimumRestored: 0, minimumAge: 1m}")
    world.data("docs")
    head = world.head(last=2).replace("medium:", "checks: {structure: 1h}, medium:")
    world.policy.commit({"policy.yaml": head, "docs.yaml": world.asset("docs", "local", "second:local")})
    for _ in range(passes):
        assert world.pass_().failures == ()
        world.later(hours=1)
    history = History(folder, world)
    history.save()
    return history


def told(result: PassResult) -> list[str]:
    """What the failures of a pass said: each in one line that names its asset or repository and what to do next."""
    lines = [str(found.error) for found in result.failures]
    for found, line in zip(result.failures, lines, strict=True):
        asset, repository, _, _ = parts_of(found.action)
        assert line.partition(": ")[0] in (asset, repository), line
        assert "Next: " in line and "\n" not in line, line
        assert "unexpected" not in line and "Traceback" not in line, line
    return lines


def unkept(result: PassResult) -> dict[str, str]:
    """Each promise that is not met, with the reason's code: ``integrity local/structure`` → ``unsound``."""
    assert result.plan is not None
    states = (State.MET, State.DUE)
    return {str(one.promise): str(one.reason.code) for one in result.plan.assessments if one.state not in states}


def deleted(result: PassResult, repository: str) -> list[str]:
    """The deletions in a repository that a pass carried out."""
    here = [found for found in result.done if parts_of(found.action)[1] == repository]
    return [found.action.verb.value for found in here if found.action.verb in DELETIONS and not found.error]


def stopped(result: PassResult, repository: str) -> set[str]:
    """The guards that stop something in a repository."""
    assert result.plan is not None
    return {b.blocked.guard for b in result.plan.blocked if b.blocked and parts_of(b.action)[1] == repository}


def made(result: PassResult) -> list[tuple[str, str]]:
    """The backups that a pass made: asset and repository."""
    backups = [found for found in result.done if found.action.verb is Verb.BACKUP and not found.error]
    return sorted(parts_of(found.action)[:2] for found in backups)


def stored(world: World, repository: str, asset: str = "docs") -> set[str]:
    """The ids that the repository itself lists of an asset."""
    restic = Restic(str(world.folder / "repositories" / repository), CANARY, ("--no-lock", "--no-cache"))
    return {str(one["id"]) for one in restic.snapshots() if f"asset=test/{asset}" in str(one["tags"])}
