"""The policy is read from real git repositories: local, bare, by file URL; with its history, and in no time."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.errors import PolicySourceError
from reconciler.gitops.revision import blob_id
from reconciler.gitops.source import PolicySource
from reconciler.policy.documents import Skipped
from tests.lab.gitrepository import GitRepository
from tests.lab.require import require

MakeSource = Callable[..., PolicySource]
MakeRepository = Callable[..., GitRepository]

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def repository(git_repository: MakeRepository) -> GitRepository:
    return git_repository()


def test_what_is_committed_is_what_is_read(repository: GitRepository, make_source: MakeSource) -> None:
    head = repository.commit(
        {"tiers.yaml": "a: 1\n", "hosts/db1/wiki.yml": "b: 2\n", "README.md": "text"}, "Protect the wiki", at=NOON
    )
    source = make_source(repository.path)
    source.fetch()
    revision = source.head()
    assert (revision.id, revision.subject, revision.committed_at) == (head, "Protect the wiki", NOON)
    assert revision.author == "Lab <lab@example.org>"
    assert revision.signed_by is None
    files = source.files(head)
    assert {file.path: file.content for file in files} == {
        "tiers.yaml": b"a: 1\n",
        "hosts/db1/wiki.yml": b"b: 2\n",
    }
    assert all(file.blob == blob_id(file.content) for file in files)
    assert files.skipped == ()


@pytest.mark.parametrize("how", ["bare", "file-url", "space", "worktree"])
def test_every_kind_of_local_repository_is_read(
    how: str, repository: GitRepository, make_source: MakeSource, tmp_path: Path
) -> None:
    head = repository.commit({"a.yaml": "a: 1\n"})
    url = str(repository.path)
    if how == "bare":
        url = str(tmp_path / "bare.git")
        repository.git("clone", "--quiet", "--bare", str(repository.path), url)
    elif how == "file-url":
        url = repository.url
    elif how == "space":
        url = str(repository.path.rename(tmp_path / 'with space and "quotes"'))
    else:
        url = str(tmp_path / "tree")
        repository.git("worktree", "add", "--quiet", url, "-b", "other")
    source = make_source(url)
    source.fetch()
    assert source.head().id == head
    assert [file.path for file in source.files(head)] == ["a.yaml"]


def test_only_the_policys_own_folder_is_read_and_paths_are_relative_to_it(
    repository: GitRepository, make_source: MakeSource
) -> None:
    head = repository.commit({"policies/a.yaml": "a: 1\n", "policies/x/b.yaml": "b: 1\n", "other/c.yaml": "c: 1\n"})
    source = make_source(repository.path, folder="./policies/")
    source.fetch()
    assert sorted(file.path for file in source.files(head)) == ["a.yaml", "x/b.yaml"]


def test_a_missing_folder_is_named(repository: GitRepository, make_source: MakeSource) -> None:
    head = repository.commit({"a.yaml": "a: 1\n"})
    source = make_source(repository.path, folder="policies")
    source.fetch()
    with pytest.raises(PolicySourceError, match=r"has no folder policies.*policy\.folder"):
        source.files(head)


def test_hidden_folders_belong_to_other_tools(repository: GitRepository, make_source: MakeSource) -> None:
    head = repository.commit({".github/workflows/ci.yaml": "on: push\n", ".pre-commit.yaml": "a", "a.yaml": "a: 1\n"})
    source = make_source(repository.path)
    source.fetch()
    files = source.files(head)
    assert [file.path for file in files] == ["a.yaml"]
    assert files.skipped == ()


def test_blobs_are_named_without_being_read_so_that_what_is_known_is_not_read_again(
    repository: GitRepository, make_source: MakeSource
) -> None:
    first = repository.commit({"same.yaml": "a: 1\n", "moves.yaml": "b: 1\n"})
    second = repository.commit({"moves.yaml": "b: 2\n"})
    source = make_source(repository.path)
    source.fetch()
    before, after = source.tree(first).blobs, source.tree(second).blobs
    assert before["same.yaml"] == after["same.yaml"]
    assert before["moves.yaml"] != after["moves.yaml"]
    changed = after["moves.yaml"]
    assert source.contents([changed.id, changed.id]) == {changed.id: b"b: 2\n"}
    assert changed.size == 5
    assert source.contents([]) == {}


def test_odd_entries_are_left_out_and_reported(
    repository: GitRepository, make_source: MakeSource, git_repository: MakeRepository
) -> None:
    inner = git_repository("inner")
    inner.commit({"x.yaml": "x: 1\n"})
    (repository.path / "passwd.yaml").symlink_to("/etc/passwd")
    (repository.path / "etc").symlink_to("/etc")
    repository.write("a.yaml", "a: 1\n")
    repository.write("run.yaml", "r: 1\n").chmod(0o755)
    repository.write("big.yaml", "#" * 1_100_000)
    repository.write("/".join(["deep"] * 25) + "/d.yaml", "d: 1\n")
    repository.write("bidi\u202e.yaml", "b: 1\n")
    repository.write("line\nbreak.yaml", "l: 1\n")
    repository.write("-rf.yaml", "f: 1\n")
    (Path(str(repository.path)).joinpath("bytes")).mkdir()
    Path(f"{repository.path}/bytes/\udcff.yaml").write_text("x: 1\n")
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path), "module")
    head = repository.commit()
    source = make_source(repository.path)
    source.fetch()
    files = source.files(head)
    assert sorted(file.path for file in files) == ["-rf.yaml", "a.yaml", "run.yaml"]
    why = {skipped.path: skipped.why for skipped in files.skipped}
    assert why["passwd.yaml"] == why["etc"] == "a symlink is not followed"
    assert why["module"] == "a submodule is not read"
    assert why["big.yaml"] == "it is larger than 1 MiB"
    assert why["bidi\\u202e.yaml"] == why["line\\u000abreak.yaml"] == why["bytes/\\udcff.yaml"]
    assert "20 folders deep" in why["/".join(["deep"] * 25) + "/d.yaml"]
    assert len(files.skipped) == 8
    assert all(isinstance(skipped, Skipped) for skipped in files.skipped)


def test_a_new_commit_is_seen_at_the_next_fetch_and_not_before(
    repository: GitRepository, make_source: MakeSource
) -> None:
    first = repository.commit({"a.yaml": "a: 1\n"})
    source = make_source(repository.path)
    source.fetch()
    second = repository.commit({"a.yaml": "a: 2\n"})
    assert source.head().id == first
    source.fetch()
    assert source.head().id == second
    assert source.is_ancestor(first, second)
    assert not source.is_ancestor(second, first)
    assert source.revision(first).id == first


def test_a_push_to_a_bare_repository_is_seen_at_the_poll(
    repository: GitRepository, make_source: MakeSource, tmp_path: Path
) -> None:
    repository.commit({"a.yaml": "a: 1\n"})
    repository.git("clone", "--quiet", "--bare", str(repository.path), str(tmp_path / "bare.git"))
    source = make_source(tmp_path / "bare.git")
    source.fetch()
    pushed = repository.commit({"a.yaml": "a: 2\n"})
    repository.git("push", "--quiet", str(tmp_path / "bare.git"), "main")
    source.fetch()
    assert source.head().id == pushed


def test_a_force_push_is_no_descendant_and_the_old_revision_stays_readable(
    repository: GitRepository, make_source: MakeSource
) -> None:
    repository.commit({"a.yaml": "a: 1\n"})
    old = repository.commit({"a.yaml": "a: 2\n"})
    source = make_source(repository.path)
    source.fetch()
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    new = repository.commit({"a.yaml": "a: 3\n"})
    source.fetch()
    assert source.head().id == new
    assert not source.is_ancestor(old, new)
    assert [file.content for file in source.files(old)] == [b"a: 2\n"]
    assert not source.is_ancestor("0" * 40, new)


def test_a_person_names_a_base_as_git_lets_them(repository: GitRepository, make_source: MakeSource) -> None:
    first = repository.commit({"a.yaml": "a: 1\n"})
    second = repository.commit({"a.yaml": "a: 2\n"})
    repository.git("tag", "v1", first)
    repository.git("checkout", "--quiet", "-b", "topic")
    topic = repository.commit({"a.yaml": "a: 3\n"})
    source = make_source(repository.path)
    source.fetch()
    assert source.diff_base("main") == source.diff_base("HEAD") == source.diff_base(second) == second
    assert source.diff_base("main~1") == source.diff_base(first[:9]) == first
    assert source.diff_base("v1") == first
    assert source.diff_base("topic") == topic
    assert [file.content for file in source.files(topic)] == [b"a: 3\n"]


@pytest.mark.parametrize(
    "expression",
    ["", "nope", "main~99", "--help", "--all", "-n1", ":/a", "main:a.yaml", "main\nx", "main^{/x", "a" * 300, "$(id)"],
)
def test_what_names_no_revision_is_one_line_of_error(
    expression: str, repository: GitRepository, make_source: MakeSource
) -> None:
    repository.commit({"a.yaml": "a: 1\n"})
    source = make_source(repository.path)
    source.fetch()
    with pytest.raises(PolicySourceError) as caught:
        source.diff_base(expression)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("odd", ["main", "--help", "HEAD", "", "a" * 39, "-" * 40, "A" * 40])
def test_only_full_ids_reach_git(odd: str, repository: GitRepository, make_source: MakeSource) -> None:
    repository.commit({"a.yaml": "a: 1\n"})
    source = make_source(repository.path)
    source.fetch()
    for read in (source.files, source.tree, source.revision, lambda value: source.contents([value])):
        with pytest.raises(PolicySourceError):
            read(odd)


def test_another_url_or_branch_makes_a_new_mirror(git_repository: MakeRepository, make_source: MakeSource) -> None:
    one, two = git_repository("one"), git_repository("two")
    one.commit({"a.yaml": "a: 1\n"})
    two.commit({"a.yaml": "a: 2\n"})
    two.git("branch", "next")
    make_source(one.path).fetch()
    source = make_source(two.path, branch="next")
    source.fetch()
    assert source.head().id == two.head
    assert make_source(two.path, branch="next").diff_base("HEAD") == two.head


@pytest.mark.parametrize(
    ("prepare", "settings", "told"),
    [
        ("nothing", {}, r"there is no folder .*correct policy\.url"),
        ("folder", {}, r"not a git repository.*init -b main"),
        ("empty", {}, r"is empty.*commit a policy to its branch main"),
        ("commit", {"branch": "release"}, r"no branch release \(it has main\)"),
    ],
)
def test_what_is_missing_is_named_with_the_next_step(
    prepare: str, settings: dict[str, object], told: str, tmp_path: Path, make_source: MakeSource,
    git_repository: MakeRepository,
) -> None:  # fmt: skip
    path = tmp_path / "there"
    if prepare == "folder":
        path.mkdir()
    elif prepare != "nothing":
        found = git_repository("there")
        if prepare == "commit":
            found.commit({"a.yaml": "a: 1\n"})
    source = make_source(path, **settings)
    with pytest.raises(PolicySourceError, match=told):
        source.fetch()
    with pytest.raises(PolicySourceError, match="not been fetched yet"):
        source.head()


def test_a_folder_inside_a_repository_leads_to_the_right_settings(
    repository: GitRepository, make_source: MakeSource
) -> None:
    repository.commit({"policies/a.yaml": "a: 1\n"})
    with pytest.raises(PolicySourceError, match=rf"policy\.url to {repository.path} and policy\.folder to policies"):
        make_source(repository.path / "policies").fetch()


def test_a_shallow_clone_is_read_and_deepens_with_its_source(
    repository: GitRepository, make_source: MakeSource, tmp_path: Path
) -> None:
    first = repository.commit({"a.yaml": "a: 1\n"})
    second = repository.commit({"a.yaml": "a: 2\n"})
    shallow = GitRepository(tmp_path / "shallow")
    repository.git("clone", "--quiet", "--depth=1", repository.url, str(shallow.path))
    source = make_source(shallow.path)
    source.fetch()
    assert source.head().id == second
    third = shallow.commit({"a.yaml": "a: 3\n"})
    source.fetch()
    assert source.is_ancestor(second, third)
    assert not source.is_ancestor(first, third)
    shallow.git("fetch", "--quiet", "--unshallow")
    source.fetch()
    assert source.is_ancestor(first, third)


@pytest.mark.slow
def test_ten_thousand_files_are_listed_and_read_in_well_under_a_second(
    repository: GitRepository, make_source: MakeSource
) -> None:
    stream = ["commit refs/heads/main\ncommitter Lab <lab@example.org> 0 +0000\ndata 0\n"]
    for number in range(10_000):
        text = f"name: asset-{number}\n"
        stream.append(f"M 100644 inline {number % 100}/{number}.yaml\ndata {len(text)}\n{text}\n")
    command = [require("git"), "-C", str(repository.path), "fast-import", "--quiet"]
    subprocess.run(command, input="".join(stream), text=True, check=True)
    head = repository.head
    source = make_source(repository.path)
    source.fetch()
    begun = time.monotonic()
    files = source.files(head)
    took = time.monotonic() - begun
    assert len(files) == 10_000
    print(f"10 000 files in {took:.2f} s")
    assert took < 3
