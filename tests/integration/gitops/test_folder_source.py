"""A plain folder is read by the same rules as a revision."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.errors import PolicySourceError
from reconciler.gitops.folder import FolderSource
from reconciler.gitops.place import enclosing_repository
from reconciler.gitops.source import PolicySource
from tests.lab.gitrepository import GitRepository

MakeSource = Callable[..., PolicySource]
MakeRepository = Callable[..., GitRepository]


def fill(folder: Path) -> None:
    (folder / "hosts/db1").mkdir(parents=True)
    (folder / ".github").mkdir()
    (folder / "tiers.yaml").write_text("a: 1\n")
    (folder / "hosts/db1/wiki.yml").write_text("b: 1\n")
    (folder / ".github/ci.yaml").write_text("on: push\n")
    (folder / "README.md").write_text("text\n")
    (folder / "big.yaml").write_text("#" * 1_100_000)
    (folder / "passwd.yaml").symlink_to("/etc/passwd")
    (folder / "inside.yaml").symlink_to("tiers.yaml")
    (folder / "etc").symlink_to("/etc")


def test_a_folder_gives_the_same_files_as_its_commit(git_repository: MakeRepository, make_source: MakeSource) -> None:
    repository = git_repository()
    fill(repository.path)
    head = repository.commit()
    source = make_source(repository.path)
    source.fetch()
    committed = source.files(head)
    plain = FolderSource(repository.path).files()
    assert sorted(plain, key=lambda file: file.path) == sorted(committed, key=lambda file: file.path)
    assert plain.skipped == committed.skipped
    assert {skipped.path for skipped in plain.skipped} == {"big.yaml", "etc", "inside.yaml", "passwd.yaml"}


def test_a_single_file_is_a_source_too(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\n")
    assert [(file.path, file.content) for file in FolderSource(tmp_path / "a.yaml").files()] == [("a.yaml", b"a: 1\n")]


def test_a_pipe_and_odd_names_are_skipped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    Path(f"{tmp_path}/\udcff.yaml").write_text("a: 1\n")
    found = FolderSource(tmp_path).files()
    assert len(found) == 0
    assert [skipped.path for skipped in found.skipped] == ["\\udcff.yaml", "pipe.yaml"]


def test_an_empty_folder_gives_no_files_and_a_missing_one_an_error(tmp_path: Path) -> None:
    assert len(FolderSource(tmp_path).files()) == 0
    with pytest.raises(PolicySourceError, match="cannot be read"):
        FolderSource(tmp_path / "none").files()


def test_the_repository_around_a_folder_is_found(git_repository: MakeRepository, tmp_path: Path) -> None:
    repository = git_repository()
    repository.commit({"policies/x/a.yaml": "a: 1\n"})
    assert enclosing_repository(repository.path) == (repository.path, ".")
    assert enclosing_repository(repository.path / "policies" / "x") == (repository.path, "policies/x")
    assert enclosing_repository(tmp_path) is None
