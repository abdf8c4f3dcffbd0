"""Nothing is started when nothing has moved, and whatever moves a branch is seen."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.errors import PolicySourceError
from reconciler.gitops.source import PolicySource
from reconciler.gitops.tip import tip_of
from tests.lab.gitrepository import GitRepository

MakeSource = Callable[..., PolicySource]
MakeRepository = Callable[..., GitRepository]

MAIN = "refs/heads/main"


@pytest.fixture
def repository(git_repository: MakeRepository) -> GitRepository:
    repository = git_repository()
    repository.commit({"a.yaml": "a: 1\n"})
    return repository


def test_the_tip_is_what_git_says_however_the_ref_is_kept(repository: GitRepository, tmp_path: Path) -> None:
    assert tip_of(repository.path, MAIN) == repository.head
    repository.git("pack-refs", "--all")
    assert not (repository.path / ".git" / MAIN).exists()
    assert tip_of(repository.path, MAIN) == repository.head
    newer = repository.commit({"a.yaml": "a: 2\n"})
    assert tip_of(repository.path, MAIN) == newer, "a loose ref wins over a packed one"
    repository.git("worktree", "add", "--quiet", str(tmp_path / "side"), "-b", "side")
    assert tip_of(tmp_path / "side", MAIN) == newer
    assert tip_of(tmp_path / "side", "refs/heads/side") == newer


def test_what_these_files_do_not_tell_is_left_to_git(repository: GitRepository, tmp_path: Path) -> None:
    assert tip_of(repository.path, "refs/heads/other") is None
    assert tip_of(tmp_path / "nowhere", MAIN) is None
    repository.git("symbolic-ref", "refs/heads/alias", MAIN)
    assert tip_of(repository.path, "refs/heads/alias") is None
    (repository.path / ".git" / MAIN).write_bytes(b"\xff\xfe")
    assert tip_of(repository.path, MAIN) is None


def test_a_source_that_has_not_moved_is_neither_fetched_nor_asked_for_its_head_again(
    repository: GitRepository, make_source: MakeSource
) -> None:
    source = make_source(repository.path)
    source.fetch()
    known = source.head()
    # Without its objects git could not even say what the branch is.
    shutil.rmtree(repository.path / ".git" / "objects")
    source.fetch()
    assert source.head() is known
    (repository.path / ".git" / MAIN).write_text("1" * 40 + "\n")
    with pytest.raises(PolicySourceError):
        source.fetch()


def test_a_branch_that_moves_back_is_seen_too(repository: GitRepository, make_source: MakeSource) -> None:
    first, source = repository.head, make_source(repository.path)
    repository.commit({"a.yaml": "a: 2\n"})
    source.fetch()
    assert source.head().id == repository.head
    repository.git("reset", "--quiet", "--hard", first)
    source.fetch()
    assert source.head().id == first
