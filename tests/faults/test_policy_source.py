"""Faults of the policy source: whatever breaks, the last good revision stays or one line says what to do."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from reconciler.errors import PolicySourceError
from reconciler.gitops.publish import publish
from reconciler.gitops.source import PolicySource
from reconciler.kit.clock import SystemClock
from reconciler.settings import PolicySettings
from tests.lab.gitrepository import GitRepository

MakeRepository = Callable[..., GitRepository]

_NOBODY = 65534
_FETCH_FOR_EVER = """
import sys
from pathlib import Path
from reconciler.gitops.source import PolicySource
from reconciler.kit.clock import SystemClock
from reconciler.settings import PolicySettings
print("ready", flush=True)
while True:
    PolicySource(PolicySettings(url=sys.argv[1]), Path(sys.argv[2]), SystemClock(), {}).fetch()
"""


@pytest.fixture
def repository(git_repository: MakeRepository) -> GitRepository:
    repository = git_repository()
    repository.commit({"a.yaml": "a: 1\n"})
    return repository


@pytest.fixture
def source(repository: GitRepository, tmp_path: Path) -> PolicySource:
    return open_source(repository.path, tmp_path)


def open_source(url: Path, tmp_path: Path) -> PolicySource:
    return PolicySource(PolicySettings(url=str(url)), tmp_path / "state", SystemClock(), {})


def damage(mirror: Path, how: str) -> None:
    objects = [file for file in (mirror / "objects").rglob("*") if file.is_file()]
    assert objects
    if how == "objects-gone":
        for file in objects:
            file.unlink()
    elif how == "objects-garbled":
        for file in objects:
            file.chmod(0o600)
            file.write_bytes(b"garbage" * 10)
    elif how == "empty":
        shutil.rmtree(mirror)
        mirror.mkdir()
    elif how == "config-garbled":
        (mirror / "config").write_text("[[[ \0")
    elif how == "head-garbled":
        (mirror / "HEAD").write_bytes(b"\0\0\0")
    elif how == "ref-garbled":
        (mirror / "refs/heads/main").write_text("zzz\n")
    elif how == "stale-lock":
        (mirror / "refs/heads/main.lock").touch()
    else:
        shutil.rmtree(mirror)
        mirror.write_text("a file in its place")


@pytest.mark.parametrize(
    "how",
    ["objects-gone", "objects-garbled", "empty", "config-garbled", "head-garbled", "ref-garbled", "stale-lock", "file"],
)  # fmt: skip
def test_a_damaged_mirror_is_thrown_away_and_fetched_anew(
    how: str, repository: GitRepository, source: PolicySource
) -> None:
    source.fetch()
    damage(source.mirror.folder, how)
    head = repository.commit({"a.yaml": "a: 2\n"})
    source.fetch()
    assert source.head().id == head
    assert [file.content for file in source.files(head)] == [b"a: 2\n"]


@pytest.mark.parametrize("how", ["objects-gone", "objects-garbled", "ref-garbled", "config-garbled"])
def test_damage_that_reading_finds_is_mended_while_reading(
    how: str, repository: GitRepository, source: PolicySource
) -> None:
    source.fetch()
    damage(source.mirror.folder, how)
    assert source.head().id == repository.head
    assert [file.content for file in source.files(repository.head)] == [b"a: 1\n"]


def test_a_blob_that_nobody_has_is_one_line(repository: GitRepository, source: PolicySource) -> None:
    source.fetch()
    with pytest.raises(PolicySourceError, match=r"0000 is missing\.") as caught:
        source.contents(["0" * 40])
    assert len(str(caught.value).splitlines()) == 1
    assert source.head().id == repository.head


def test_an_outage_keeps_what_was_fetched(repository: GitRepository, source: PolicySource) -> None:
    source.fetch()
    head = repository.head
    away = repository.path.rename(repository.path.with_name("away"))
    with pytest.raises(PolicySourceError, match="there is no folder"):
        source.fetch()
    assert source.head().id == head
    assert len(source.files(head)) == 1
    away.rename(repository.path)
    source.fetch()


def test_damage_during_an_outage_is_one_line(repository: GitRepository, source: PolicySource) -> None:
    source.fetch()
    damage(source.mirror.folder, "objects-gone")
    repository.path.rename(repository.path.with_name("away"))
    with pytest.raises(PolicySourceError) as caught:
        source.head()
    assert len(str(caught.value).splitlines()) == 1
    assert not list((source.mirror.folder.parent).glob("*.new"))


def test_a_broken_source_keeps_the_last_revision(repository: GitRepository, source: PolicySource) -> None:
    source.fetch()
    first = repository.head
    second = repository.commit({"a.yaml": "a: 2\n"})
    blob = repository.git("rev-parse", "HEAD:a.yaml")
    (repository.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(PolicySourceError) as caught:
        source.fetch()
    assert len(str(caught.value).splitlines()) == 1
    assert source.head().id == first != second


def test_a_rewritten_history_and_a_deleted_branch_are_told_apart(
    repository: GitRepository, source: PolicySource
) -> None:
    source.fetch()
    head = repository.head
    repository.git("branch", "--move", "main", "trunk")
    with pytest.raises(PolicySourceError, match=r"no branch main \(it has trunk\)"):
        source.fetch()
    assert source.head().id == head


def give_to_nobody(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.fail("only root can give a folder away: run this test as root", pytrace=False)
    for found in (folder, *folder.rglob("*")):
        os.chown(found, _NOBODY, _NOBODY, follow_symlinks=False)


@pytest.mark.parametrize("bare", [False, True])
def test_a_repository_of_another_user_is_read_because_the_settings_name_it(
    bare: bool, repository: GitRepository, tmp_path: Path
) -> None:
    place = repository.path
    if bare:
        place = tmp_path / "bare.git"
        repository.git("clone", "--quiet", "--bare", str(repository.path), str(place))
    head = repository.head
    give_to_nobody(place)
    source = open_source(place, tmp_path)
    source.fetch()
    assert source.head().id == head
    assert source.diff_base("HEAD") == head


def test_pages_are_not_written_into_another_users_repository(repository: GitRepository, source: PolicySource) -> None:
    give_to_nobody(repository.path)
    source.fetch()
    with pytest.raises(PolicySourceError, match="belongs to uid 65534"):
        publish(source, "pages", {"a.md": b"a"}, "Render", SystemClock().now())


def test_a_repository_that_the_settings_do_not_name_stays_refused(
    repository: GitRepository, source: PolicySource, git_repository: MakeRepository
) -> None:
    source.fetch()
    other = git_repository("other")
    other.commit({"b.yaml": "b: 1\n"})
    give_to_nobody(other.path)
    answer = source.mirror.git(other.path).run("rev-parse", "HEAD")
    assert "dubious ownership" in answer.complaint


@pytest.mark.slow
def test_three_hundred_fetches_leave_nothing_open_and_nobody_running(
    repository: GitRepository, source: PolicySource
) -> None:
    source.fetch()
    here = psutil.Process()
    before = here.num_fds()
    for _ in range(300):
        source.fetch()
        source.files(source.head().id)
    assert here.num_fds() <= before
    assert [child.name() for child in here.children(recursive=True) if "git" in child.name()] == []


@pytest.mark.slow
def test_kills_at_any_moment_leave_a_mirror_that_the_next_fetch_uses(repository: GitRepository, tmp_path: Path) -> None:
    state = tmp_path / "state"
    for delay in range(12):
        repository.commit({"a.yaml": f"a: {delay}\n", "big.yaml": os.urandom(200_000).hex()})
        command = [sys.executable, "-c", _FETCH_FOR_EVER, str(repository.path), str(state)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.013 * delay)
            process.send_signal(signal.SIGKILL)
    source = open_source(repository.path, tmp_path)
    source.fetch()
    assert source.head().id == repository.head
    assert len(source.files(repository.head)) == 2


def test_a_fetch_that_hangs_is_ended(repository: GitRepository, source: PolicySource, tmp_path: Path) -> None:
    program = tmp_path / "hangs"
    program.write_text("#!/bin/sh\nexec /bin/sleep 600\n")
    program.chmod(0o755)
    begun = time.monotonic()
    source.fetch()
    answer = source.mirror.git().run(
        "-c", f"alias.hang=!{program}", "hang", timeout=timedelta(seconds=1)
    )  # fmt: skip
    assert answer.status != 0
    assert "did not complete" in answer.complaint
    assert time.monotonic() - begun < 200
    assert not [child for child in psutil.Process().children(recursive=True) if "sleep" in child.name()]


def test_a_tree_of_thousands_of_levels_is_skipped_or_refused_in_one_line(
    repository: GitRepository, source: PolicySource
) -> None:
    blob = repository.git("rev-parse", "HEAD:a.yaml")
    below, mode, name = blob, "100644", "a.yaml"
    for _ in range(3000):
        below = write_tree(repository.path / ".git/objects", f"{mode} {name}".encode(), below)
        mode, name = "40000", "d"
    commit = repository.git("commit-tree", below, "-m", "deep", "-p", "HEAD")
    repository.git("update-ref", "refs/heads/main", commit)
    try:
        source.fetch()
        files = source.files(commit)
    except PolicySourceError as refused:
        assert len(str(refused).splitlines()) == 1
    else:
        assert len(files) == 0
        assert "20 folders deep" in files.skipped[0].why
        assert len(files.skipped[0].path) < 300


def write_tree(objects: Path, entry: bytes, below: str) -> str:
    body = entry + b"\0" + bytes.fromhex(below)
    raw = b"tree %d\0" % len(body) + body
    found = hashlib.sha1(raw).hexdigest()
    (objects / found[:2]).mkdir(exist_ok=True)
    (objects / found[:2] / found[2:]).write_bytes(zlib.compress(raw))
    return found
