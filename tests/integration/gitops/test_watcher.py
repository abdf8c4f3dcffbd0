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


@pytest.fixture
def repository(git_repository: MakeRepository) -> GitRepository:
    repository = git_repository()
    repository.commit({"a.yaml": "a: 1\n"})
    return repository


def settle(changed: threading.Event) -> None:
    """Let the watcher start, and what happened before it was there pass by."""
    time.sleep(0.4)
    changed.clear()


def seconds_until(changed: threading.Event, limit: float) -> float:
    begun = time.monotonic()
    assert changed.wait(limit), f"nothing within {limit} s"
    return time.monotonic() - begun


@pytest.mark.parametrize("kind", ["plain", "bare", "worktree"])
def test_a_commit_is_seen_within_a_second(kind: str, repository: GitRepository, tmp_path: Path) -> None:
    place = repository.path
    if kind == "bare":
        place = tmp_path / "bare.git"
        repository.git("clone", "--quiet", "--bare", str(repository.path), str(place))
    elif kind == "worktree":
        place = tmp_path / "tree"
        repository.git("worktree", "add", "--quiet", str(place), "-b", "other")
    changed, stop = threading.Event(), threading.Event()
    with SourceWatcher(watched_paths(str(place)), changed, stop) as watcher:
        settle(changed)
        repository.commit({"a.yaml": "a: 2\n"})
        if kind == "bare":
            repository.git("push", "--quiet", str(place), "main")
        assert seconds_until(changed, 5) < 1
        assert watcher.problem == ""


def test_packed_refs_are_watched_too(repository: GitRepository) -> None:
    changed = threading.Event()
    repository.git("branch", "old", "HEAD")
    repository.git("pack-refs", "--all")
    with SourceWatcher(watched_paths(repository.url), changed, threading.Event()):
        settle(changed)
        repository.git("branch", "--delete", "--force", "old")
        seconds_until(changed, 5)


def test_files_that_are_not_committed_wake_nobody(repository: GitRepository) -> None:
    changed = threading.Event()
    with SourceWatcher(watched_paths(str(repository.path)), changed, threading.Event()):
        settle(changed)
        repository.write("b.yaml", "b: 1\n")
        repository.git("add", "--all")
        assert not changed.wait(0.8)


def test_a_plain_folder_wakes_on_any_change(tmp_path: Path) -> None:
    changed = threading.Event()
    with SourceWatcher([tmp_path], changed, threading.Event()):
        settle(changed)
        (tmp_path / "a.yaml").write_text("a: 1\n")
        assert seconds_until(changed, 5) < 1


@pytest.mark.slow
def test_a_repository_that_is_made_anew_is_watched_again(repository: GitRepository) -> None:
    changed = threading.Event()
    with SourceWatcher(watched_paths(str(repository.path)), changed, threading.Event()):
        settle(changed)
        shutil.rmtree(repository.path)
        make_git_repository(repository.path).commit({"a.yaml": "a: 2\n"})
        seconds_until(changed, 10)
        time.sleep(5)
        changed.clear()
        repository.commit({"a.yaml": "a: 3\n"})
        assert seconds_until(changed, 5) < 1


def test_what_cannot_be_watched_is_said_and_does_no_harm(tmp_path: Path) -> None:
    changed = threading.Event()
    with SourceWatcher([tmp_path / "none"], changed, threading.Event()) as watcher:
        end = time.monotonic() + 5
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
        end = time.monotonic() + 5
        while any(thread.name == "policy-watcher" for thread in threading.enumerate()):
            assert time.monotonic() < end
            time.sleep(0.02)
