"""``restore`` with real restic: refuses unsafe targets, counts what came back, and writes down who and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.catalog.values import Filter
from reconciler.engines.protocol import OnProgress, OpenRepository, RestoreReport, silent
from reconciler.engines.restic.engine import ResticEngine
from reconciler.errors import ReconcilerError, RestoreRefused, RestoreUnproven, UsageError
from reconciler.observed.entries import Restored
from reconciler.operations.desk import Desk, restic_settings
from reconciler.operations.looking import footing_of
from reconciler.operations.rendering import make_pages
from reconciler.operations.restoring import RestoreOrder, RestoreResult, refuse_unsafe, restore
from reconciler.retention.decide import Floor
from reconciler.views.lists import BackupFilter, backups_list
from reconciler.views.sentences import Reader
from tests.e2e.world import World, make_world

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Asset docs in local and second, and another asset in local, backed up once."""
    world = make_world(tmp_path)
    world.data("docs")
    world.data("other", one="other")
    assets = world.asset("docs", "local", "second:local") + "---\n" + world.asset("other", "local")
    world.policy.commit({"policy.yaml": world.head(), "assets.yaml": assets})
    assert world.pass_().failures == ()
    return world


def _restore(world: World, target: Path, engine: type[ResticEngine] | None = None, **more: str) -> RestoreResult:
    wanted = {"asset": "docs", "by": "maria", "reason": "the disk died"} | more
    order = RestoreOrder(
        asset=wanted["asset"],
        target=target,
        by=wanted["by"],
        reason=wanted["reason"],
        repository=wanted.get("repository"),
        backup=wanted.get("backup"),
    )
    with world.desk(lead=False) as desk:
        bent = replace(desk, engine=engine(restic_settings(desk.settings))) if engine else desk
        return restore(bent, footing_of(desk).policy, order)


def _written(world: World) -> list[Restored]:
    with world.desk(lead=False) as desk:
        return _entries(desk)


def _entries(desk: Desk) -> list[Restored]:
    found = desk.catalog.journal.entries(Filter(kinds=frozenset({"restored"})))
    return [recorded.entry for recorded in found if isinstance(recorded.entry, Restored)]


def _unsafe(folder: Path, name: str) -> Path:
    (folder / "empty").mkdir()
    (folder / "full").mkdir()
    (folder / "full" / ".hidden").touch()
    (folder / "file").touch()
    (folder / "link").symlink_to(folder / "empty")
    (folder / "dangling").symlink_to(folder / "nowhere")
    return Path(name if name.startswith("/") else f"{folder}/{name}")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("/", "the target is /"),
        ("//", "the target is /"),
        ("/tmp/..", "the target is /"),
        ("link", "is a symlink"),
        ("link/", "is a symlink"),
        ("dangling", "is a symlink"),
        ("full", "is not empty"),
        ("file", "is not a folder"),
    ],
)
def test_an_unsafe_target_is_refused_before_anything_is_written(name: str, why: str, tmp_path: Path) -> None:
    target = _unsafe(tmp_path, name)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RestoreRefused, match=why) as caught:
        refuse_unsafe(target)
    assert caught.value.remedy
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["empty", "not/there/yet"])
def test_an_empty_folder_or_none_is_taken(name: str, tmp_path: Path) -> None:
    refuse_unsafe(_unsafe(tmp_path, name))


def test_a_refused_restore_touches_no_repository_and_leaves_no_entry(world: World, tmp_path: Path) -> None:
    with pytest.raises(RestoreRefused):
        _restore(world, _unsafe(tmp_path / "data", "full"))
    assert _written(world) == []


def test_a_restore_brings_all_back_counts_it_and_is_written_down(world: World, tmp_path: Path) -> None:
    done = _restore(world, tmp_path / "back")
    came = tmp_path / "back" / str(tmp_path / "data" / "docs").lstrip("/")
    assert {file.name: file.read_text() for file in came.iterdir()} == {"a": "first of docs", "b": "x" * 5000}
    assert (done.report.files, done.report.size) == (2, 5013)
    assert done.backup.repository == "local", "of equal backups the one in the first repository"
    [entry] = _written(world)
    assert (entry.by, entry.reason, entry.sound) == ("maria", "the disk died", True)
    assert (entry.files, entry.size, entry.backup) == (2, 5013, done.backup.id)
    assert entry.target == str(tmp_path / "back")


def test_a_restored_backup_is_known_as_such_and_the_page_says_how_long_it_took(world: World, tmp_path: Path) -> None:
    done = _restore(world, tmp_path / "back")
    for _ in range(5):
        world.later(hours=1)
        world.pass_()
    with world.desk(lead=False) as desk:
        policy = footing_of(desk).policy
        page = make_pages(desk, policy, "a" * 40).texts["docs.md"]
        observed = desk.catalog.facts(policy, desk.clock.now())
        wanted = BackupFilter("docs", "local", Floor(1))
        listed = backups_list(policy, observed, Reader(desk.clock.now()), wanted)
    assert "not measured yet" not in page
    assert "| A recovery took | 1s |" in page
    [row] = [row for row in listed.rows if row[3] == done.backup.id[:12]]
    assert "restored before" in row[6]
    assert done.backup.id in world.unmarked("docs", "local"), "retention of the newest three keeps this fourth one"


def test_a_backup_is_named_by_its_beginning_and_its_repository(world: World, tmp_path: Path) -> None:
    (tmp_path / "data" / "docs" / "a").write_text("changed")
    world.later(hours=1)
    world.pass_()
    newest, older = world.facts("docs", "local").backups
    assert _restore(world, tmp_path / "one", backup=older.id[:8]).backup.id == older.id
    assert (tmp_path / "one" / str(tmp_path / "data" / "docs" / "a").lstrip("/")).read_text() == "first of docs"
    assert _restore(world, tmp_path / "two").backup.id == newest.id
    assert _restore(world, tmp_path / "three", repository="second").backup.repository == "second"


def test_words_that_name_nothing_are_refused_with_what_would(world: World, tmp_path: Path) -> None:
    backup = world.facts("docs", "local").backups[0]
    for more, what, remedy in (
        ({"asset": "dosc"}, "there is no asset 'dosc'", "did you mean docs?"),
        ({"repository": "attic"}, "docs has no backups in 'attic'", "local, second"),
        ({"backup": "zz"}, "no backup of docs begins with 'zz'", "get backups --asset docs"),
        ({"backup": backup.id[:8], "repository": "second"}, "no backup of docs in second begins with", "get backups"),
    ):
        with pytest.raises(UsageError) as caught:
            _restore(world, tmp_path / "back", None, **more)
        assert what in caught.value.what
        assert remedy in caught.value.remedy
    assert _written(world) == []
    assert not (tmp_path / "back").exists()


def test_a_beginning_that_fits_two_backups_is_refused(world: World, tmp_path: Path) -> None:
    for _ in range(17):
        found = [backup.id[0] for name in ("local", "second") for backup in world.facts("docs", name).backups]
        twice = [letter for letter in found if found.count(letter) > 1]
        if twice:
            break
        world.later(hours=1)
        world.pass_(wanted=lambda action: action.verb.value in ("backup", "copy"))
    with pytest.raises(UsageError, match="more than one backup of docs begins with"):
        _restore(world, tmp_path / "back", backup=twice[0])


def test_a_deleted_pack_is_an_error_and_is_written_down(world: World, tmp_path: Path) -> None:
    for pack in (tmp_path / "repositories" / "local" / "data").rglob("*"):
        if pack.is_file():
            pack.unlink()
    with pytest.raises(ReconcilerError) as caught:
        _restore(world, tmp_path / "back", repository="local")
    told, backup = str(caught.value), world.facts("docs", "local").backups[0].id
    assert told.startswith(f"docs: backup {backup[:12]} of local: "), told
    assert "no such file" in told
    copy = world.facts("docs", "second").backups[0]
    assert f"with another empty target try --repository second --backup {copy.id[:12]} (of " in told
    [entry] = _written(world)
    assert (entry.sound, entry.by, entry.reason) == (False, "maria", "the disk died")
    assert _restore(world, tmp_path / "other", repository="second").report.files == 2


def test_a_failure_offers_the_backup_before_it(world: World, tmp_path: Path) -> None:
    first = world.facts("docs", "local").backups[0].id
    packs = {file for file in (tmp_path / "repositories" / "local" / "data").rglob("*") if file.is_file()}
    world.data("docs", a="x" * 3000, b="y" * 6000)
    world.later(hours=1)
    world.pass_(wanted=lambda action: action.verb.value == "backup")
    for file in (tmp_path / "repositories" / "local" / "data").rglob("*"):
        if file.is_file() and file not in packs:
            file.unlink()
    with pytest.raises(ReconcilerError) as caught:
        _restore(world, tmp_path / "back", repository="local")
    assert f" or --repository local --backup {first[:12]} (of " in caught.value.remedy
    assert _restore(world, tmp_path / "again", backup=first[:12], repository="local").report.files == 2


def test_a_secret_that_is_gone_is_told_of_the_asset(world: World, tmp_path: Path) -> None:
    world.key.unlink()
    with pytest.raises(ReconcilerError) as caught:
        _restore(world, tmp_path / "back")
    assert caught.value.code == "secret-missing"
    assert str(caught.value).startswith("docs: backup ")
    assert [entry.sound for entry in _written(world)] == [False]


def test_an_asset_of_empty_folders_comes_back_and_is_proven(world: World, tmp_path: Path) -> None:
    (world.folder / "data" / "hollow" / "room").mkdir(parents=True)
    world.policy.commit({"hollow.yaml": world.asset("hollow", "local")})
    world.pass_()
    [backup] = world.facts("hollow", "local").backups
    with pytest.raises(RestoreRefused, match="no good backup is known") as caught:
        _restore(world, tmp_path / "back", asset="hollow")
    assert f"--backup {backup.id[:12]} in local, suspicious" in caught.value.remedy
    done = _restore(world, tmp_path / "back", asset="hollow", backup=backup.id)
    assert (done.report.files, done.report.size) == (0, 0)
    assert (tmp_path / "back" / str(world.folder / "data" / "hollow" / "room").lstrip("/")).is_dir()
    assert [entry.sound for entry in _written(world)] == [True]


class Short(ResticEngine):
    """An engine that brings back one file less, and says so without an error."""

    def restore(
        self,
        repository: OpenRepository,
        backup: str,
        target: Path,
        include: Sequence[str] = (),
        on_progress: OnProgress = silent,
    ) -> RestoreReport:
        """One file."""
        return RestoreReport(1, 13, timedelta(seconds=1))


class Idle(ResticEngine):
    """An engine that restores nothing and is content."""

    def restore(
        self,
        repository: OpenRepository,
        backup: str,
        target: Path,
        include: Sequence[str] = (),
        on_progress: OnProgress = silent,
    ) -> RestoreReport:
        """Nothing at all."""
        return RestoreReport(0, 0, timedelta(0))


@pytest.mark.parametrize(("engine", "files"), [(Short, 1), (Idle, 0)])
def test_less_than_the_backup_holds_is_no_success(
    engine: type[ResticEngine], files: int, world: World, tmp_path: Path
) -> None:
    with pytest.raises(RestoreUnproven, match=rf"holds 2 files of 5013 bytes in \d+ folders, {files} files? of "):
        _restore(world, tmp_path / "back", engine=engine)
    [entry] = _written(world)
    assert (entry.sound, entry.files) == (False, files)
    backup = world.facts("docs", "local").backups[0]
    assert backup.restored_at is None, "a failed restore proves nothing"


def test_a_page_does_not_count_a_failed_restore_as_measured(world: World, tmp_path: Path) -> None:
    with pytest.raises(RestoreUnproven):
        _restore(world, tmp_path / "back", engine=Short)
    with world.desk(lead=False) as desk:
        page = make_pages(desk, footing_of(desk).policy, "a" * 40).texts["docs.md"]
    assert "| A recovery took | not measured yet |" in page
