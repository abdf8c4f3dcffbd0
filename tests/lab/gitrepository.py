"""A git repository for tests, untouched by the configuration of whoever runs them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.lab.require import require

_IDENTITY = ("-c", "user.name=Lab", "-c", "user.email=lab@example.org", "-c", "commit.gpgSign=false")


@dataclass(frozen=True, slots=True)
class GitRepository:
    """A working tree on branch main."""

    path: Path

    @property
    def url(self) -> str:
        return self.path.as_uri()

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        """Run git in the working tree; returns what it printed, and raises when it fails."""
        done = subprocess.run(
            [require("git"), *_IDENTITY, "-C", str(self.path), *arguments],
            env=_environment() | dict(environment or {}),
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout.strip()

    def write(self, name: str, text: str) -> Path:
        """Write a file, its folders included, without committing it."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def commit(
        self,
        files: Mapping[str, str] | None = None,
        message: str = "Change the policy",
        *,
        at: datetime | None = None,
        signed_with: Path | None = None,
    ) -> str:
        """Write files by name, commit everything, and return the revision; a private ssh key signs it."""
        for name, text in (files or {}).items():
            self.write(name, text)
        self.git("add", "--all")
        signing: tuple[str, ...] = ()
        sign: tuple[str, ...] = ()
        if signed_with:
            signing = ("-c", "gpg.format=ssh", "-c", f"user.signingKey={signed_with}")
            sign = ("--gpg-sign",)
        dates = {"GIT_AUTHOR_DATE": at.isoformat(), "GIT_COMMITTER_DATE": at.isoformat()} if at else {}
        self.git(*signing, "commit", "--quiet", "--allow-empty", *sign, "--message", message, environment=dates)
        return self.head


def make_git_repository(path: Path) -> GitRepository:
    """Make a repository without any commit; its folder must not exist yet."""
    path.mkdir(parents=True)
    repository = GitRepository(path)
    repository.git("init", "--quiet", "--initial-branch=main")
    return repository


def _environment() -> dict[str, str]:
    # ssh-keygen, which git signs with, is found on PATH.
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C.UTF-8",
    }
