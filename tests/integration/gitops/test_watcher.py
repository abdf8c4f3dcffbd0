"""A commit to a local source wakes the loop within a second."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.gitops.watcher import SourceWatcher, watched_paths
from tests.lab.gitrepository import GitRepository, make_git_repository

MakeRepository = Callable[..., GitRepository]
LONG = 120
"""Seconds that no busy machine needs."""


@pytest.fixture
def repository(git_repository: MakeRepository) -> GitRepository:
    repository = git_repository()
    repository.commit({"a.yaml": "a: 1\n"})
    return repository


def settle(changed: threading.Event) -> None:
    """Let the watcher start, and what happened before it was there pass by."""
    time.sleep(0.4)
    changed.clear()


def is_seen_within_a_second(changed: threading.Event, change: Callable[[int], object]) -> bool:
    """Whether such a change wakes the loop. A busy machine may be late for some of them, not for every one."""
    for turn in range(20):
        changed.clear()
        change(turn)
        begun = time.monotonic()
        if changed.wait(2) and time.monotonic() - begun < 1:
            return True
        changed.wait(0.5)
    return False


@pytest.mark.parametrize("kind", ["plain", "bare", "worktree"])
def test_a_commit_is_seen_within_a_second(kind: str, repository: GitRepository, tmp_path: Path) -> None:
    place = repository.path
    if kind == "bare":
        place = tmp_path / "bare.git"
        repository.git("clone", "--quiet", "--bare", str(repository.path), str(place))
    elif kind == "worktree":
        place = tmp_path / "tree"
        repository.git("worktree", "add", "--quiet", str(place), "-b", "other")

    def commit(turn: int) -> None:
        repository.commit({"a.yaml": f"a: {turn + 2}\n"})
        if kind == "bare":
            repository.git("push", "--quiet", str(place), "main")

    changed, stop = threading.Event(), threading.Event()
    with SourceWatcher(watched_paths(str(place)), changed, stop) as watcher:
        settle(changed)
        assert is_seen_within_a_second(changed, commit)
        assert watcher.problem == ""


def test_packed_refs_are_watched_too(repository: GitRepository) -> None:
    changed = threading.Event()
    for turn in range(20):
        repository.git("branch", f"old-{turn}", "HEAD")
    repository.git("pack-refs", "--all")
    with SourceWatcher(watched_paths(repository.url), changed, threading.Event()):
        settle(changed)
        assert is_seen_within_a_second(
            changed, lambda turn: repository.git("branch", "--delete", "--force", f"old-{turn}")
        )


@pytest.mark.slow
def test_files_that_are_not_committed_wake_nobody(repository: GitRepository) -> None:
    changed = threading.Event()
    with SourceWatcher(watched_paths(str(repository.path)), changed, threading.Event()):
        settle(changed)
        assert is_seen_within_a_second(changed, lambda turn: repository.git("branch", f"probe-{turn}", "HEAD"))

        def is_passed_over(turn: int) -> bool:
            # On a busy machine what happened before may be told late.
            changed.clear()
            repository.write("b.yaml", f"b: {turn}\n")
            repository.git("add", "--all")
            return not changed.wait(0.8)

        assert any(map(is_passed_over, range(20)))


def test_a_plain_folder_wakes_on_any_change(tmp_path: Path) -> None:
    changed = threading.Event()
    with SourceWatcher([tmp_path], changed, threading.Event()):
        settle(changed)
        assert is_seen_within_a_second(changed, lambda turn: (tmp_path / "a.yaml").write_text(f"a: {turn}\n"))


@pytest.mark.slow
def test_a_repository_that_is_made_anew_is_watched_again(repository: GitRepository) -> None:
    changed = threading.Event()
    with SourceWatcher(watched_paths(str(repository.path)), changed, threading.Event()):
        settle(changed)
        shutil.rmtree(repository.path)
        make_git_repository(repository.path).commit({"a.yaml": "a: 2\n"})
        assert changed.wait(LONG)
        # Looking again takes it up to two seconds.
        assert is_seen_within_a_second(changed, lambda turn: repository.commit({"a.yaml": f"a: {turn + 3}\n"}))


def test_what_cannot_be_watched_is_said_and_does_no_harm(tmp_path: Path) -> None:
    changed = threading.Event()
    with SourceWatcher([tmp_path / "none"], changed, threading.Event()) as watcher:
        end = time.monotonic() + LONG
        while not watcher.problem and time.monotonic() < end:
            time.sleep(0.02)
        assert "not watched" in watcher.problem


def test_a_remote_is_not_watched_but_polled() -> None:
    assert watched_paths("https://git.example.org/policy.git") == ()
    with SourceWatcher((), threading.Event(), threading.Event()):
        pass


def test_the_watcher_ends_with_the_loop(repository: GitRepository) -> None:
    stop = threading.Event()
    with SourceWatcher(watched_paths(str(repository.path)), threading.Event(), stop):
        time.sleep(0.3)
        stop.set()
        end = time.monotonic() + LONG
        while any(thread.name == "policy-watcher" for thread in threading.enumerate()):
            assert time.monotonic() < end
            time.sleep(0.02)
