"""The test that matters: the blocks of a page, run where there is nothing but the tools and the key, bring all back."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.bare import Bare, make_bare
from tests.e2e.belongings import Thing, picture
from tests.e2e.recoveries import Recovery, local_recovery, rest_recovery, s3_recovery, sftp_recovery
from tests.lab.restic import Restic
from tests.lab.restserver import RestServer
from tests.lab.s3 import S3Server
from tests.lab.sshd import SshServer

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")]


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Bare:
    """bash, coreutils, restic and ssh."""
    return make_bare(tmp_path_factory.mktemp("bare"), ("restic", "ssh"))


Maker = Callable[[], Recovery]


@pytest.fixture
def makers(tmp_path: Path, request: pytest.FixtureRequest, unique_name: str) -> dict[str, Maker]:
    """How to make a recovery from each kind of place; servers start only when asked for."""

    def sftp() -> Recovery:
        server = request.getfixturevalue("sshd")
        assert isinstance(server, SshServer)
        return sftp_recovery(tmp_path, server, unique_name)

    def rest() -> Recovery:
        server = request.getfixturevalue("rest_server")
        assert isinstance(server, RestServer)
        return rest_recovery(tmp_path, server, unique_name)

    def s3() -> Recovery:
        server = request.getfixturevalue("s3_server")
        assert isinstance(server, S3Server)
        server.make_bucket(unique_name)
        return s3_recovery(tmp_path, server, unique_name)

    return {"local": lambda: local_recovery(tmp_path), "sftp": sftp, "rest": rest, "s3": s3}


@pytest.fixture
def local(tmp_path: Path) -> Recovery:
    """Backed up once into a local folder."""
    recovery = local_recovery(tmp_path)
    assert recovery.world.pass_().failures == ()
    return recovery


def _run(
    bare: Bare, recovery: Recovery, stand: Path, blocks: list[str] | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    return bare.run(blocks or recovery.blocks, recovery.environment | more, recovery.lent, stand=stand)


def _same(before: dict[str, Thing], after: dict[str, Thing]) -> None:
    assert sorted(before) == sorted(after)
    for name, thing in before.items():
        assert after[name] == thing, name


@pytest.mark.parametrize("kind", ["local", "sftp", "rest", "s3"])
def test_the_blocks_of_the_page_bring_everything_back(kind: str, makers: dict[str, Maker], bare: Bare) -> None:
    recovery = makers[kind]()
    assert recovery.world.pass_().failures == ()
    before, stand = picture(recovery.data), recovery.stand()
    done = _run(bare, recovery, stand)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    _same(before, picture(recovery.came_back(stand)))
    assert f"{len(before) + len(recovery.data.parts) - 2} entries in the backup, 0 missing" in done.stdout
    assert not list(stand.rglob("pwned")), "nothing that a name says was run"


def test_the_bare_place_holds_nothing_of_this_project(bare: Bare, tmp_path: Path) -> None:
    stand = tmp_path / "stand"
    stand.mkdir()
    look = 'for tool in reconciler python3 git find sed grep awk jq; do ! type -P "$tool" || exit 9; done'
    assert bare.run([look], {}, {}, stand=stand).returncode == 0


def test_the_blocks_take_an_older_backup_and_another_target(local: Recovery, bare: Bare) -> None:
    before = picture(local.data)
    (local.data / "with space").write_text("changed later")
    local.world.later(hours=2)
    local.world.pass_()
    newest, older = (backup.id for backup in local.world.facts("docs", "place").backups)
    assert f"`{older}`" in local.page, "the page prints its id"
    stand = local.stand()
    done = _run(bare, local, stand, BACKUP=older, TARGET="/stand/another one")
    assert done.returncode == 0, done.stderr
    assert f"using backup {older}" in done.stdout
    assert f"using backup {newest}" not in done.stdout
    _same(before, picture(local.came_back(stand, "another one")))
    assert not (stand / "recover-test-docs-place").exists()


def test_the_blocks_may_be_pasted_twice(local: Recovery, bare: Bare) -> None:
    before, stand = picture(local.data), local.stand()
    twice = [block for block in local.blocks for _ in range(2)]
    done = _run(bare, local, stand, twice)
    assert done.returncode == 0, done.stderr
    _same(before, picture(local.came_back(stand)))


def test_a_restore_that_broke_off_goes_on_in_another_shell_when_a_person_says_so(local: Recovery, bare: Bare) -> None:
    before, stand = picture(local.data), local.stand()
    assert _run(bare, local, stand, local.blocks[:4]).returncode == 0
    (local.came_back(stand) / "empty").unlink()
    done = _run(bare, local, stand)
    assert done.returncode == 4
    [typed] = [line.split(" type ")[1] for line in done.stderr.splitlines() if line.startswith("or type ")]
    blocks = [*local.blocks[:3], typed.split(" first,")[0], *local.blocks[3:]]
    done = _run(bare, local, stand, blocks)
    assert done.returncode == 0, done.stderr
    _same(before, picture(local.came_back(stand)))


WRONG = [
    ("/", "is the root of this machine"),
    ("//.", "is the root of this machine"),
    ("/keys/..", "is the root of this machine"),
    ("../..", "is the root of this machine"),
    ("/stand/full", "is not empty"),
    ("full/../full/", "is not empty"),
    (".", "is not empty"),
    ("/stand/line break only", "is not empty"),
    ("/stand/link", "is a symlink"),
    ("link/", "is a symlink"),
    ("dangling", "is a symlink"),
    ("/stand/file", "is not a folder"),
]


def _clutter(stand: Path) -> None:
    for name in ("full", "empty", "line break only"):
        (stand / name).mkdir()
    (stand / "full" / ".hidden").touch()
    (stand / "line break only" / "\n").touch()
    (stand / "file").touch()
    (stand / "link").symlink_to("empty")
    (stand / "dangling").symlink_to("nowhere")


def test_a_wrong_target_is_refused_before_restic_writes_anything(local: Recovery, bare: Bare) -> None:
    stand = local.stand()
    _clutter(stand)
    before = sorted(stand.rglob("*"))
    for target, why in WRONG:
        done = _run(bare, local, stand, TARGET=target)
        assert done.returncode == 4, f"{target}: {done.stdout}\n{done.stderr}"
        assert "NOTHING was restored: TARGET /" in done.stderr
        assert f" {why}; set TARGET to an empty folder" in done.stderr, target
        assert [path for path in sorted(stand.rglob("*")) if ".blocks" not in path.parts] == before
    assert not (bare.root / str(local.data).lstrip("/")).exists()


def test_blocks_pasted_on_after_a_refusal_prove_nothing(local: Recovery, bare: Bare) -> None:
    stand = local.stand()
    _clutter(stand)
    for target in ("/", "/stand/full"):
        shown = bare.paste("".join(local.blocks), {**local.environment, "TARGET": target}, local.lent, stand=stand)
        assert "NOTHING was restored" in shown
        assert "missing in no folder: TARGET is not set" in shown
        assert "TARGET: parameter null or not set" in shown, "the look at the folders"
        assert "still-42-here" in shown


def test_an_empty_variable_a_relative_path_and_an_empty_folder_are_taken(local: Recovery, bare: Bare) -> None:
    before, stand = picture(local.data), local.stand()
    _clutter(stand)
    blocks = [*local.blocks[:4], "cd /\n", *local.blocks[4:]]
    for target, made in {"": "recover-test-docs-place", "new/er": "new/er", "empty": "empty"}.items():
        done = _run(bare, local, stand, blocks, TARGET=target)
        assert done.returncode == 0, done.stderr
        _same(before, picture(local.came_back(stand, made)))


def test_a_backup_known_as_bad_is_passed_over_without_anybody_reading_a_warning(local: Recovery, bare: Bare) -> None:
    before = picture(local.data)
    [good] = [backup.id for backup in local.world.facts("docs", "place").backups]
    local.data.rename(local.data.with_name("lost"))
    local.data.mkdir()
    (local.data / "ransom").write_text("pay")
    local.world.later(days=1, minutes=5)
    local.world.pass_()
    [bad, _] = [backup.id for backup in local.world.facts("docs", "place").backups]
    stand = local.stand()
    done = _run(bare, local, stand)
    assert done.returncode == 0, done.stderr
    assert f"passed over {bad}, taken " in done.stdout
    assert "suspicious: much smaller than before" in done.stdout
    assert f"using backup {good}, taken " in done.stdout
    _same(before, picture(local.came_back(stand)))


def test_a_missing_passphrase_file_says_what_to_set(local: Recovery, bare: Bare) -> None:
    del local.environment["RESTIC_PASSWORD_FILE"]
    done = _run(bare, local, local.stand())
    assert done.returncode != 0
    assert "RESTIC_PASSWORD_FILE: set it to a file with the passphrase of repository place" in done.stderr


def test_a_wrong_passphrase_stops_with_what_restic_says(local: Recovery, bare: Bare) -> None:
    (local.keys / "passphrase").write_text("another")
    done = _run(bare, local, local.stand())
    assert done.returncode == 2, "the block that opens the repository"
    assert "wrong password or no key found" in done.stderr


def test_a_repository_without_a_backup_says_so(local: Recovery, bare: Bare) -> None:
    blocks = [block.replace("asset=test/docs", "asset=test/other") for block in local.blocks]
    stand = local.stand()
    done = _run(bare, local, stand, blocks)
    assert done.returncode != 0
    assert "the repository lists no backup of this asset" in done.stderr
    assert not (stand / "recover-test-docs-place").exists()


@pytest.mark.parametrize("lost", ["ünïcödé", "line\nbreak", "links/dangling", "empty folder"])
def test_a_missing_entry_fails_the_count(lost: str, local: Recovery, bare: Bare) -> None:
    stand = local.stand()
    blocks = local.blocks
    [count] = [number for number, block in enumerate(blocks, 1) if "entries in the backup" in block]
    assert _run(bare, local, stand, blocks[: count - 1]).returncode == 0
    gone = local.came_back(stand) / lost
    gone.rmdir() if gone.is_dir() and not gone.is_symlink() else gone.unlink()
    done = _run(bare, local, stand, [*blocks[:3], blocks[count - 1]])
    assert done.returncode == 4, "the count fails"
    assert "missing: " in done.stdout
    assert "NOT everything came back" in done.stderr
    assert ", 1 missing in" in done.stdout


def test_a_damaged_repository_does_not_pass_for_a_recovery(local: Recovery, bare: Bare) -> None:
    place = Path(str(local.repository["local"]["path"])) if isinstance(local.repository["local"], dict) else Path()
    for pack in (place / "data").rglob("*"):
        if pack.is_file() and pack.stat().st_size > 100_000:
            pack.unlink()
    done = _run(bare, local, local.stand())
    assert done.returncode == 4, f"{done.stdout}{done.stderr}"


def test_pasting_into_an_interactive_shell_never_closes_it(local: Recovery, bare: Bare) -> None:
    before, stand = picture(local.data), local.stand()
    shown = bare.paste("".join(local.blocks), local.environment, local.lent, stand=stand)
    assert "still-42-here" in shown
    assert " 0 missing in /stand/recover-test-docs-place" in shown
    _same(before, picture(local.came_back(stand)))
    del local.environment["RESTIC_PASSWORD_FILE"]
    shown = bare.paste(local.blocks[0], local.environment, local.lent, stand=stand)
    assert "set it to a file with the passphrase" in shown
    assert "still-42-here" in shown
    for block in local.blocks:
        assert "set -e" not in block
        assert not any(line.split()[:1] == ["exit"] for line in block.splitlines())


def test_adopted_snapshots_are_found_by_host_and_path(tmp_path: Path, bare: Bare) -> None:
    local = local_recovery(tmp_path)
    local.files["docs.yaml"] += f"  adopt: {{host: old, paths: ['{local.data}'], count: true}}\n"
    local.world.policy.commit(local.files)
    assert local.world.pass_().failures == ()
    place = local.repository["local"]
    assert isinstance(place, dict)
    restic = Restic(place["path"], local.world.key.read_text())
    restic.run("forget", "--tag", "asset=test/docs", "--unsafe-allow-remove-all")
    restic.run("backup", "--host", "old", "--time", "2026-01-02 03:04:05", str(local.data))
    restic.run("backup", "--host", "stranger", str(local.data))
    [adopted] = [str(found["id"]) for found in restic.snapshots() if found["hostname"] == "old"]
    restic.run("backup", "--host", "old", str(local.data), str(local.keys))
    before, stand = picture(local.data), local.stand()
    done = _run(bare, local, stand)
    assert done.returncode == 0, done.stderr
    assert f"using backup {adopted}" in done.stdout
    _same(before, picture(local.came_back(stand)))
    restic.run("backup", "--host", "young", "--tag", "asset=test/docs", str(local.data / "deep"))
    [tagged] = [str(found["id"]) for found in restic.snapshots() if found["hostname"] == "young"]
    done = _run(bare, local, stand, local.blocks[:3])
    assert f"using backup {tagged}" in done.stdout, "the younger one is taken"
