"""Rendered pages are committed to a branch of their own, and nobody's working tree notices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.errors import PolicySourceError
from reconciler.gitops.publish import publish
from reconciler.gitops.source import PolicySource
from tests.lab.gitrepository import GitRepository

MakeSource = Callable[..., PolicySource]
MakeRepository = Callable[..., GitRepository]

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAGES = {"index.md": b"# Index\n", "assets/wiki-db.md": "cópia ✓\n".encode(), "raw.bin": bytes(range(256))}


@pytest.fixture
def repository(git_repository: MakeRepository) -> GitRepository:
    repository = git_repository()
    repository.commit({"a.yaml": "a: 1\n"})
    return repository


def test_pages_become_a_commit_of_their_own_branch(repository: GitRepository, make_source: MakeSource) -> None:
    source = make_source(repository.path)
    head = repository.head
    made = publish(source, "pages", PAGES, "Render revision abc\n\nAll of it.", NOW)
    assert made == repository.git("rev-parse", "pages")
    assert repository.git("ls-tree", "-r", "--name-only", "pages").split() == sorted(PAGES)
    assert repository.git("show", "pages:assets/wiki-db.md") == "cópia ✓"
    assert repository.git("log", "-1", "--format=%s|%ct|%P", "pages") == f"Render revision abc|{NOW.timestamp():.0f}|"
    assert repository.git("status", "--porcelain") == ""
    assert (repository.head, repository.git("branch", "--show-current")) == (head, "main")


def test_equal_pages_make_no_commit(repository: GitRepository, make_source: MakeSource) -> None:
    source = make_source(repository.path)
    first = publish(source, "pages", PAGES, "Render", NOW)
    assert publish(source, "pages", dict(reversed(PAGES.items())), "Render", NOW) is None
    assert repository.git("rev-parse", "pages") == first


def test_a_change_is_made_on_top_and_what_is_gone_is_gone(repository: GitRepository, make_source: MakeSource) -> None:
    source = make_source(repository.path)
    first = publish(source, "pages", PAGES, "Render", NOW)
    second = publish(source, "pages", {"index.md": b"# Other\n"}, "Render", NOW)
    assert repository.git("rev-parse", "pages~1") == first
    assert repository.git("rev-parse", "pages") == second
    assert repository.git("ls-tree", "-r", "--name-only", "pages") == "index.md"


def test_what_somebody_else_committed_there_is_built_upon(
    repository: GitRepository, make_source: MakeSource, tmp_path: Path
) -> None:
    source = make_source(repository.path)
    publish(source, "pages", PAGES, "Render", NOW)
    repository.git("worktree", "add", "--quiet", str(tmp_path / "tree"), "pages")
    other = GitRepository(tmp_path / "tree")
    theirs = other.commit({"note.md": "mine\n"})
    repository.git("worktree", "remove", "--force", str(other.path))
    publish(source, "pages", PAGES, "Render", NOW)
    assert repository.git("rev-parse", "pages~1") == theirs


def test_pages_reach_a_bare_repository(repository: GitRepository, make_source: MakeSource, tmp_path: Path) -> None:
    bare = GitRepository(tmp_path / "bare.git")
    repository.git("clone", "--quiet", "--bare", str(repository.path), str(bare.path))
    made = publish(make_source(bare.path), "pages", PAGES, "Render", NOW)
    assert bare.git("rev-parse", "pages") == made


@pytest.mark.parametrize("branch", ["main", "-f", "a..b", "HEAD", ""])
def test_the_policys_own_branch_and_odd_names_are_refused(
    branch: str, repository: GitRepository, make_source: MakeSource
) -> None:
    head = repository.head
    with pytest.raises(PolicySourceError):
        publish(make_source(repository.path), branch, PAGES, "Render", NOW)
    assert repository.head == head


@pytest.mark.parametrize(
    "path", ["../x.md", "/etc/x", ".git/config", "a/.GIT/hooks/x", "a\nM 100644", 'q"', "", "a//b"]
)
def test_a_page_cannot_leave_its_branch(path: str, repository: GitRepository, make_source: MakeSource) -> None:
    with pytest.raises(PolicySourceError, match="no name for a page"):
        publish(make_source(repository.path), "pages", {path: b"x"}, "Render", NOW)


def test_a_message_cannot_smuggle_commands_into_the_stream(repository: GitRepository, make_source: MakeSource) -> None:
    message = "Render\n\nreset refs/heads/main\nfrom 0000000000000000000000000000000000000000\n\ndone\n"
    head = repository.head
    publish(make_source(repository.path), "pages", {"a.md": b"done\nreset refs/heads/main\n"}, message, NOW)
    assert repository.head == head
    assert "reset refs/heads/main" in repository.git("log", "-1", "--format=%B", "pages")
