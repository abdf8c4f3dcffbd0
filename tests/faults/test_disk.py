"""Disks that are full or refuse, in the middle of whole passes: told, nothing lost, and it goes on with room."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.errors import EngineFailed, RepositoryFull
from reconciler.kit.settings_file import read_settings
from tests.e2e.world import World, make_world
from tests.faults.history import stored, told, unkept
from tests.faults.passing import start_pass, wait_for
from tests.faults.recording import Witness
from tests.faults.traced import traced_pass
from tests.lab.disk import fill, restic_without_privileges, small_disk
from tests.lab.require import require

FILLS_AND_GOES_ON = """\
#!/bin/sh
# Once, when the backup of an asset is saved, the disk of the state folder is full before anybody hears of it.
case "$*" in
*asset=test/docs*)
    if [ -e {root}/deadly ]; then
        {restic} "$@"
        code=$?
        rm {root}/deadly
        cat /dev/zero > {state}/filler 2>/dev/null
        exit $code
    fi
esac
exec {restic} "$@"
"""


@contextmanager
def on_disk(folder: Path, size: str, *, state: bool = False, **settings: str) -> Iterator[World]:
    """A world, one asset in ``local``, with its repositories or its state on a small disk, and one pass made."""
    folder.mkdir()
    with small_disk(folder / "disk", size) as disk:
        world = make_world(folder / "world", **settings)
        # At one fixed time of day, so that no slot begins between two passes.
        world.shift = datetime(2026, 11, 25, 12, tzinfo=UTC) - datetime.now(UTC)
        world.data("docs")
        head, asset = world.head(last=30), world.asset("docs")
        if state:
            config = world.folder / "host" / "reconciler.yaml"
            config.write_text(config.read_text().replace(f"{world.folder}/state\n", f"{disk}/state\n"))
            world.settings = read_settings(config, os.environ)
        else:
            shutil.move(world.folder / "repositories" / "local", disk / "local")
            head = head.replace(str(world.folder / "repositories" / "local"), str(disk / "local"))
            (world.folder / "repositories" / "local").symlink_to(disk / "local")
        world.policy.commit({"policy.yaml": head, "docs.yaml": asset})
        assert world.pass_().failures == ()
        world.later_than_next_slot("docs", "local")
        yield world


def converged(world: World, backups: int) -> None:
    """Within three passes every promise is kept, and the repository holds so many backups of the asset."""
    for _ in range(3):
        result = world.pass_()
        assert told(result) == []
        if len(stored(world, "local")) >= backups and not unkept(result):
            break
        world.later(minutes=5)
    assert unkept(result) == {}, world.lines
    assert len(stored(world, "local")) == backups
    assert len(world.facts("docs", "local").backups) == backups


def log_of(world: World, code: int) -> str:
    """What a pass in a process of its own says that ends with this code."""
    log = world.folder / "log"
    log.unlink(missing_ok=True)
    assert wait_for(start_pass(world.folder / "host" / "reconciler.yaml", world.shift, log)) == code, log.read_text()
    said = log.read_text()
    assert "Traceback" not in said and "unexpected" not in said, said
    return said


def test_a_full_repository_is_told_before_anything_is_started_and_goes_on_with_room(tmp_path: Path) -> None:
    with on_disk(tmp_path / "full", "12m") as world:
        filler = fill(tmp_path / "full" / "disk")
        result = world.pass_()
        lines = told(result)
        assert {type(one.error) for one in result.failures} == {RepositoryFull}, lines
        assert all("make room on local" in line for line in lines)
        assert "capacity local" in unkept(result)
        filler.unlink()
        world.later(minutes=5)
        converged(world, 2)


@pytest.mark.sweep
def test_a_repository_that_gets_full_under_a_backup_is_told_and_goes_on_with_room(tmp_path: Path) -> None:
    with on_disk(tmp_path / "full", "12m") as world:
        large = world.folder / "data" / "docs" / "large"
        large.write_bytes(os.urandom(40 << 20))
        result = world.pass_()
        assert {type(one.error) for one in result.failures} == {RepositoryFull}, told(result)
        large.unlink()
        for pack in (tmp_path / "full" / "disk" / "local" / "data").rglob("*"):
            if pack.is_file() and pack.stat().st_size > 1 << 20:
                pack.unlink()
        world.later(minutes=10)
        converged(world, 2)


def test_a_full_state_folder_is_told_in_one_line_and_the_backup_is_made_with_room(tmp_path: Path) -> None:
    with on_disk(tmp_path / "full", "12m", state=True) as world:
        filler = fill(tmp_path / "full" / "disk")
        said = log_of(world, 1)
        assert "error catalog: " in said and "Next: " in said, said
        assert len(stored(world, "local")) == 1
        filler.unlink()
        converged(world, 2)


def test_a_state_folder_that_gets_full_under_a_backup_counts_it_once_with_room(tmp_path: Path) -> None:
    shim = tmp_path / "restic"
    shim.symlink_to(require("restic"))
    with on_disk(tmp_path / "full", "12m", state=True, restic=str(shim)) as world:
        shim.unlink()
        text = FILLS_AND_GOES_ON.format(root=world.folder, restic=require("restic"), state=world.settings.state)
        shim.write_text(text)
        shim.chmod(0o755)
        (world.folder / "deadly").touch()
        said = log_of(world, 1)
        assert "no room left" in said and "Next: " in said, said
        assert not (world.folder / "deadly").exists()
        assert len(stored(world, "local")) == 2
        (Path(world.settings.state) / "filler").unlink()
        world.later(minutes=5)
        converged(world, 2)


def test_a_full_temporary_folder_is_told_as_such_and_goes_on_with_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_disk(tmp_path / "roomy", "64m") as world, small_disk(tmp_path / "temporary", "1m") as temporary:
        monkeypatch.setenv("TMPDIR", str(temporary))
        large = world.folder / "data" / "docs" / "large"
        large.write_bytes(os.urandom(6 << 20))
        result = world.pass_()
        assert {type(one.error) for one in result.failures} == {EngineFailed}
        assert any("Next: make room in TMPDIR" in line for line in told(result))
        monkeypatch.delenv("TMPDIR")
        world.later(minutes=10)
        converged(world, 2)


REFUSALS = (
    ("journal.db-wal", "pwrite64", (1, 6)),
    ("journal.db-wal", "fdatasync", (2,)),
    ("catalog.db-wal", "pwrite64", (3,)),
)
MANY = tuple((file, call, tuple(range(1, 25))) for file, call, _ in REFUSALS)


def refuse(world: World, file: str, call: str, when: int, witness: Witness) -> None:
    """A pass whose n-th such call on a file of the state fails with EIO, and the next one, undisturbed."""
    world.later_than_next_slot("docs", "local")
    held = len(stored(world, "local"))
    refused, said = traced_pass(world, call, f"error=EIO:when={when}", file)
    assert "Traceback" not in said and "unexpected" not in said, said
    assert ("FAILED" not in said and "error" not in said) or "Next: " in said, said
    world.later(minutes=5)
    converged(world, held + 1)
    witness.count(f"EIO of {call} on {file.removesuffix('-wal')}" if refused else "not reached")


def test_a_catalog_whose_disk_refuses_is_told_and_no_backup_is_lost_or_doubled(
    tmp_path: Path, witness: Witness
) -> None:
    with on_disk(tmp_path / "state", "64m", state=True) as world:
        for file, call, whens in REFUSALS:
            for when in whens:
                refuse(world, file, call, when, witness)


@pytest.mark.sweep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("file", "call", "whens"), MANY)
def test_a_catalog_whose_disk_refuses_anywhere_is_told_and_no_backup_is_lost_or_doubled(
    tmp_path: Path, file: str, call: str, whens: tuple[int, ...], witness: Witness
) -> None:
    with on_disk(tmp_path / "state", "64m", state=True) as world:
        for when in whens:
            refuse(world, file, call, when, witness)


def test_a_source_that_cannot_be_read_makes_a_backup_that_does_not_count_until_it_can(tmp_path: Path) -> None:
    shim = restic_without_privileges(tmp_path)
    with on_disk(tmp_path / "roomy", "64m", restic=str(shim)) as world:
        closed = world.folder / "data" / "docs" / "b"
        closed.chmod(0)
        world.later(hours=1)
        result = world.pass_()
        [line] = [one.line for one in result.done if "docs" in str(one.action) and "does not count" in one.line]
        assert str(closed) in line
        assert unkept(result)["freshness docs/local"] == "too-old"
        closed.chmod(0o600)
        world.later(hours=1)
        converged(world, 3)
