"""Nothing that a policy source holds or configures runs a command or reads a file of ours."""

from __future__ import annotations

import subprocess
import sys
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
_HOOKS = (
    *("pre-receive", "update", "post-receive", "post-update", "reference-transaction", "proc-receive"),
    *("push-to-checkout", "pre-push", "post-checkout", "post-merge", "pre-auto-gc", "fsmonitor-watchman"),
)


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """Appears when anything ran."""
    return tmp_path / "canary"


@pytest.fixture
def trap(tmp_path: Path, canary: Path) -> Path:
    """A program that leaves the canary, then behaves like a harmless filter for a while."""
    program = tmp_path / "trap"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> {canary}\nexec timeout 5 /bin/cat\n')
    program.chmod(0o755)
    return program


@pytest.fixture
def hostile(git_repository: MakeRepository, trap: Path) -> GitRepository:
    """A repository whose own configuration, hooks and attributes name the trap everywhere."""
    repository = git_repository("hostile")
    repository.commit({"a.yaml": "a: 1\n", ".gitattributes": "* filter=evil diff=evil merge=evil\n"})
    repository.commit({"a.yaml": "a: 2\n"})
    repository.git("branch", "pages")
    config = {
        "core.fsmonitor": trap, "core.sshCommand": trap, "core.pager": trap, "core.editor": trap,
        "core.askPass": trap, "core.hooksPath": repository.path / ".git" / "hooks",
        "core.alternateRefsCommand": trap, "core.gitProxy": trap,
        "uploadpack.packObjectsHook": trap, "uploadpack.allowFilter": "true",
        "credential.helper": trap, "diff.external": trap, "gpg.program": trap, "gpg.ssh.program": trap,
        "filter.evil.smudge": trap, "filter.evil.clean": trap, "filter.evil.process": trap,
        "diff.evil.textconv": trap, "merge.evil.driver": trap, "alias.upload-pack": f"!{trap}",
        "alias.rev-parse": f"!{trap}", "pager.log": trap, "sequence.editor": trap,
        "protocol.allow": "always", "protocol.ext.allow": "always", "protocol.file.allow": "always",
        "remote.evil.url": f"ext::{trap}", "remote.evil.promisor": "true",
        "remote.evil.partialclonefilter": "blob:none", "remote.evil.uploadpack": trap,
        "receive.procReceiveRefs": "refs/heads", "receive.denyCurrentBranch": "updateInstead",
        "gc.recentObjectsHook": trap, "trailer.x.command": trap, "interactive.diffFilter": trap,
        "submodule.recurse": "true", "safe.directory": "*",
    }  # fmt: skip
    for name, value in config.items():
        repository.git("config", name, str(value))
    for name in _HOOKS:
        hook = repository.path / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.symlink_to(trap)
    alternate = git_repository("alternate")
    alternate.commit({"b.yaml": "b: 1\n"})
    (repository.path / ".git/objects/info/alternates").write_text(f"{alternate.path}/.git/objects\n")
    return repository


def test_the_trap_works(git_repository: MakeRepository, trap: Path, canary: Path) -> None:
    """Without this the other tests could not fail."""
    repository = git_repository("plain")
    repository.commit({"a.yaml": "a: 1\n"})
    repository.git("config", "alias.spring", f"!{trap}")
    repository.git("spring")
    assert canary.exists()


def test_reading_a_hostile_repository_runs_nothing(
    hostile: GitRepository, make_source: MakeSource, canary: Path
) -> None:
    source = make_source(hostile.path)
    source.fetch()
    head = source.head()
    assert [file.content for file in source.files(head.id)] == [b"a: 2\n"]
    assert source.diff_base("main~1") == source.diff_base("HEAD~1")
    source.diff_base("pages")
    source.fetch()
    assert not canary.exists(), canary.read_text()


def test_a_missing_object_is_not_fetched_from_where_a_hostile_repository_says(
    hostile: GitRepository, make_source: MakeSource, canary: Path
) -> None:
    blob = hostile.git("rev-parse", "main:a.yaml")
    hostile.git("config", "extensions.partialClone", "evil")
    hostile.git("config", "core.repositoryFormatVersion", "1")
    (hostile.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    source = make_source(hostile.path)
    with pytest.raises(PolicySourceError):
        source.fetch()
    for expression in (blob, "f" * 40, "pages"):
        with pytest.raises(PolicySourceError):
            source.diff_base(expression)
    assert not canary.exists(), canary.read_text()


def test_publishing_into_a_hostile_repository_runs_nothing(
    hostile: GitRepository, make_source: MakeSource, canary: Path
) -> None:
    source = make_source(hostile.path)
    source.fetch()
    with pytest.raises(PolicySourceError):
        # Its configuration hands every push to a hook of its own, which we do not run.
        publish(source, "pages", {"index.md": b"# Pages\n"}, "Render", NOW)
    assert not canary.exists(), canary.read_text()
    hostile.git("config", "--unset", "receive.procReceiveRefs")
    assert publish(source, "pages", {"index.md": b"# Pages\n"}, "Render", NOW) == hostile.git("rev-parse", "pages")
    with pytest.raises(PolicySourceError, match="checked out"):
        hostile.git("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "symbolic-ref", "HEAD",
                    "refs/heads/pages")  # fmt: skip
        publish(source, "pages", {"index.md": b"# Other\n"}, "Render", NOW)
    assert not canary.exists(), canary.read_text()


def test_the_users_own_git_configuration_has_no_say(
    git_repository: MakeRepository, make_source: MakeSource, trap: Path, canary: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    repository = git_repository()
    head = repository.commit({"a.yaml": "a: 1\n"})
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f"[core]\n\tfsmonitor = {trap}\n\tsshCommand = {trap}\n[uploadpack]\n\tpackObjectsHook = {trap}\n"
        f'[url "ext::{trap} "]\n\tinsteadOf = /\n'
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "uploadpack.packObjectsHook")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(trap))
    for name in ("GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE", "GIT_EXEC_PATH", "GIT_TRACE"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    for name in ("GIT_SSH_COMMAND", "GIT_PROXY_COMMAND", "GIT_EXTERNAL_DIFF", "GIT_PAGER"):
        monkeypatch.setenv(name, str(trap))
    source = make_source(repository.path)
    source.fetch()
    assert source.head().id == head
    assert len(source.files(head)) == 1
    assert not canary.exists(), canary.read_text()
    assert not (tmp_path / "elsewhere").exists()


def test_a_fresh_process_runs_no_git_of_the_users_environment(
    git_repository: MakeRepository, trap: Path, canary: Path, tmp_path: Path
) -> None:
    """A library that is imported for the first time is not to try git out by itself."""
    repository = git_repository()
    head = repository.commit({"a.yaml": "a: 1\n"})
    (tmp_path / "git").symlink_to(trap)
    program = (
        "import os, sys; from pathlib import Path; from reconciler.gitops.command import GitCommand\n"
        "before = dict(os.environ)\n"
        "print(GitCommand(Path(sys.argv[1]), Path('/dev/null')).run('rev-parse', 'HEAD').text)\n"
        "sys.exit(before != dict(os.environ))"
    )
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "GIT_TRACE": str(tmp_path / "elsewhere")}
    command = [sys.executable, "-P", "-c", program, repository.path]
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stdout.strip()) == (0, head), shown.stderr
    assert not canary.exists(), canary.read_text()
    assert not (tmp_path / "elsewhere").exists()


def test_a_secret_of_our_environment_is_not_in_gits(
    git_repository: MakeRepository, make_source: MakeSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = git_repository()
    repository.commit({"a.yaml": "a: 1\n"})
    monkeypatch.setenv("RESTIC_PASSWORD", "canary-9a1f")
    source = make_source(repository.path)
    source.fetch()
    shown = source.mirror.git().run(
        "-c", f"alias.spill=!/bin/cat /proc/self/environ /proc/$PPID/environ > {tmp_path}/spilled", "spill"
    )
    assert shown.status == 0, shown.complaint
    spilled = (tmp_path / "spilled").read_bytes()
    assert b"GIT_CONFIG_NOSYSTEM=1" in spilled
    assert b"canary-9a1f" not in spilled


def test_a_malformed_object_is_refused(git_repository: MakeRepository, make_source: MakeSource) -> None:
    repository = git_repository()
    repository.commit({"a.yaml": "a: 1\n"})
    blob = repository.git("rev-parse", "HEAD:a.yaml")
    tree = repository.path / "tree"
    tree.write_bytes(b"100644 .git\0" + bytes.fromhex(blob))
    odd = repository.git("hash-object", "-w", "-t", "tree", "--literally", str(tree))
    commit = repository.git("commit-tree", odd, "-m", "odd", "-p", "HEAD")
    repository.git("update-ref", "refs/heads/main", commit)
    with pytest.raises(PolicySourceError, match=r"git's checks refuse .*hasDotgit"):
        make_source(repository.path).fetch()
