"""The bare mirror in the state folder: fetched into, and thrown away when it is damaged or of another source."""

from __future__ import annotations

import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from reconciler.errors import PolicySourceError, RepositoryLocked
from reconciler.gitops.command import FETCHING, NO_PROTOCOL, Answer, GitCommand, Ssh
from reconciler.gitops.explain import explained, misses_branch, no_such_branch, unexplained
from reconciler.gitops.place import (
    UPLOAD_PACK,
    address_of,
    enclosing_repository,
    header_scope,
    local_path,
    protocol_of,
    write_configuration,
)
from reconciler.gitops.tip import tip_of
from reconciler.kit.clock import Clock
from reconciler.kit.fsio import own_folder, write_atomically
from reconciler.kit.lanes import Lanes, Mode
from reconciler.kit.secrets import read_secret
from reconciler.settings import PolicySettings

_LANE = ".policy"  # no repository can have this name
_PATIENCE = timedelta(minutes=6)
_MARK = "mirror-of"
_TAKE_ALL_OF_IT = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--update-shallow")

T = TypeVar("T")


class MirrorDamaged(Exception):
    """An object or file of the mirror is missing or broken; the argument is git's complaint."""


class Mirror:
    """``STATE/policy.git``, its lane and its configuration."""

    def __init__(self, settings: PolicySettings, state: Path, clock: Clock, environment: Mapping[str, str]) -> None:
        self.settings = settings
        self.folder = own_folder(state) / "policy.git"
        self.source = local_path(settings.url)
        self._configuration = state / "policy.gitconfig"
        self._environment = environment
        self._lanes = Lanes(state / "lanes", clock)
        self._mark = f"{settings.url}\n{settings.branch}\n"

    @property
    def branch(self) -> str:
        return f"refs/heads/{self.settings.branch}"

    def git(self, folder: Path | None = None, *, protocol: str = NO_PROTOCOL) -> GitCommand:
        """git in the mirror, or in another folder of the policy source."""
        ssh = Ssh(self.settings.identity_file, self.settings.known_hosts_file)
        return GitCommand(folder or self.folder, self._configuration, protocol, ssh, self._environment)

    def read(self, *arguments: str, given: bytes = b"", options: Mapping[str, str] | None = None) -> Answer:
        """A command that reads the mirror; what its status means is the caller's to say."""
        if not self.folder.is_dir():
            raise PolicySourceError(
                f"the policy source {self.settings.url} has not been fetched yet", remedy="run reconcile once"
            )
        return self.git().run(f"--git-dir={self.folder}", *arguments, given=given, options=options)

    def healed(self, reading: Callable[[], T]) -> T:
        """What ``reading`` gives; if it finds the mirror damaged, a new one is fetched and read instead."""
        try:
            return reading()
        except MirrorDamaged:
            with self.lane("mend the mirror"):
                self._rebuild()
        try:
            return reading()
        except MirrorDamaged as damage:
            raise unexplained(str(damage), self.settings.url) from None

    @contextmanager
    def lane(self, verb: str) -> Iterator[None]:
        """One process at a time changes the mirror."""
        try:
            with self._lanes.lease(_LANE, Mode.EXCLUSIVE, verb=verb, timeout=_PATIENCE):
                write_configuration(self._configuration, self.settings, self.folder)
                yield
        except RepositoryLocked as locked:
            raise PolicySourceError(f"the policy's mirror is busy: {locked.what}", remedy=locked.remedy) from None

    def fetch(self) -> None:
        """Bring the branch up to date. Raises PolicySourceError; the mirror then stays as it was."""
        self.refuse_missing_source()
        if self._holds_the_tip():
            return
        with self.lane("fetch the policy"):
            if not self._is_ours():
                self._rebuild()
                return
            answer = self.fetch_into(self.folder, f"+{self.branch}:{self.branch}")
            if answer.status:
                if problem := self._outside(answer.complaint):
                    raise problem
                self._rebuild()

    @property
    def tip(self) -> str | None:
        """The revision that the mirror holds, as far as its files tell."""
        return tip_of(self.folder, self.branch)

    def _holds_the_tip(self) -> bool:
        """Whether a local source stands where the mirror does, so that there is nothing to fetch."""
        tip = tip_of(self.source, self.branch) if self.source else None
        return tip is not None and tip == self.tip and self._is_ours()

    def fetch_head(self) -> None:
        """Make the mirror of what a checkout has at HEAD, on a branch or on none (as in a pull request's job)."""
        self.refuse_missing_source()
        with self.lane("fetch a checkout"):
            self._rebuild("HEAD")

    def fetch_into(self, folder: Path, refspec: str) -> Answer:
        """One fetch from the policy source into a bare repository."""
        helper = (f"--upload-pack={UPLOAD_PACK}",) if self.source else ()
        return self.remote(folder, "fetch", *_TAKE_ALL_OF_IT, *helper, "--", self.address, refspec)

    def remote(self, folder: Path | None, *arguments: str) -> Answer:
        """A command that talks to the policy source, run in a bare repository or, without one, in none."""
        git = self.git(folder or self.folder.parent, protocol=protocol_of(self.settings.url))
        where = (f"--git-dir={folder}",) if folder else ()
        return git.run(*where, *arguments, secret_options=self._credentials(), timeout=FETCHING)

    @property
    def address(self) -> str:
        return address_of(self.settings.url)

    def refuse_missing_source(self) -> None:
        """Say what is wrong with a local path before git does, and where the repository is if it is near."""
        if self.source is None or (self.source / ".git").exists() or (self.source / "HEAD").exists():
            return
        if not self.source.is_dir():
            raise PolicySourceError(f"there is no folder {self.source}", remedy="correct policy.url")
        remedy = f"make it one: git -C {self.source} init -b {self.settings.branch}"
        if around := enclosing_repository(self.source):
            remedy = f"set policy.url to {around[0]} and policy.folder to {around[1]}"
        raise PolicySourceError(f"{self.source} is not a git repository", remedy=remedy)

    def _credentials(self) -> dict[str, str]:
        if self.settings.token_from is None or protocol_of(self.settings.url) not in ("https", "http"):
            return {}
        token = read_secret(self.settings.token_from, self._environment).reveal()
        user = self.settings.url.partition("://")[2].partition("/")[0].rpartition("@")[0] or "git"
        scope = f"http.{header_scope(self.settings.url)}"
        # A redirect would carry the header to another host.
        return {
            f"{scope}.extraHeader": f"Authorization: Basic {b64encode(f'{user}:{token}'.encode()).decode()}",
            f"{scope}.followRedirects": "false",
        }

    def _is_ours(self) -> bool:
        """Whether the mirror is of this source. A shallow one is made anew: it cannot be deepened in place."""
        try:
            marked = (self.folder / _MARK).read_text() == self._mark
        except (OSError, UnicodeDecodeError):
            return False
        return marked and (self.folder / "HEAD").is_file() and not (self.folder / "shallow").exists()

    def _rebuild(self, wanted: str | None = None) -> None:
        """Fetch a new mirror beside the old one, then put it in its place."""
        fresh, old = self.folder.with_suffix(".new"), self.folder.with_suffix(".old")
        for leftover in (fresh, old):
            shutil.rmtree(leftover, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        try:
            answer = self.git(fresh).run(
                "init", "--quiet", "--bare", "--template=", f"--initial-branch={self.settings.branch}", "."
            )
            if not answer.status:
                answer = self.fetch_into(fresh, f"+{wanted or self.branch}:{self.branch}")
            if answer.status:
                raise self._outside(answer.complaint) or unexplained(answer.complaint, self.settings.url)
            write_atomically(fresh / _MARK, self._mark)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        if self.folder.exists():
            self.folder.rename(old)
        fresh.rename(self.folder)
        shutil.rmtree(old, ignore_errors=True)

    def _outside(self, complaint: str) -> PolicySourceError | None:
        """The error for a cause at the policy source; None when git complains of our own mirror."""
        if str(self.folder.parent / self.folder.stem) in complaint:
            return None
        if misses_branch(complaint):
            return no_such_branch(self.settings.url, self.settings.branch, self._heads())
        return explained(complaint, self.settings.url)

    def _heads(self) -> list[str]:
        helper = (f"--upload-pack={UPLOAD_PACK}",) if self.source else ()
        answer = self.remote(None, "ls-remote", "--heads", *helper, "--", self.address)
        return [line.split("refs/heads/", 1)[1] for line in answer.text.splitlines() if "refs/heads/" in line]
