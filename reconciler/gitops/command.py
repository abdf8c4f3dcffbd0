"""Runs git so that no configuration, hook, helper or prompt but our own has a say."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import ToolMissing

if TYPE_CHECKING:
    from git.cmd import Git

READING = timedelta(minutes=2)
FETCHING = timedelta(minutes=5)
NO_PROTOCOL = "none"

# What a fetch needs of the machine: its proxies, its certificates, its ssh agent. Everything else stays out.
_INHERITED = (
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "SSH_AUTH_SOCK"),
)
_OPTIONS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.symlinks": "false",
    "core.attributesFile": "/dev/null",
    "core.askPass": "true",
    "credential.helper": "",
    "transfer.fsckObjects": "true",
    "transfer.bundleURI": "false",
    "fetch.recurseSubmodules": "false",
    "submodule.recurse": "false",
    # A background gc would outlive the fetch, and a pruned revision could not be compared any more.
    "gc.autoDetach": "false",
    "gc.pruneExpire": "never",
    "maintenance.autoDetach": "false",
    "gpg.program": "false",
    "gpg.x509.program": "false",
    "http.lowSpeedLimit": "1",
    "http.lowSpeedTime": "60",
    "protocol.allow": "never",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What git said."""

    status: int
    output: bytes
    complaint: str

    @property
    def text(self) -> str:
        return self.output.decode("utf-8", "replace").strip()


@dataclass(frozen=True, slots=True)
class Ssh:
    """How ssh connects: never asks, gives up on a silent server; an own key and pinned hosts if they are named."""

    identity_file: str | None = None
    known_hosts_file: str | None = None

    @property
    def command(self) -> str:
        words = ["ssh", "-oBatchMode=yes", "-oStrictHostKeyChecking=yes", "-oConnectTimeout=20"]
        words += ["-oServerAliveInterval=15", "-oServerAliveCountMax=3", "-oPermitLocalCommand=no"]
        if self.known_hosts_file:
            words += [f'-oUserKnownHostsFile="{self.known_hosts_file}"', "-oGlobalKnownHostsFile=/dev/null"]
        if self.identity_file:
            words += ["-oIdentitiesOnly=yes", "-i", self.identity_file]
        return shlex.join(words)


@dataclass(frozen=True, slots=True)
class GitCommand:
    """git in one repository folder, with one allowed protocol.

    ``configuration`` is a file of our own that stands in for the user's: the only place in which git looks
    for ``safe.directory``.
    """

    folder: Path
    configuration: Path
    protocol: str = NO_PROTOCOL
    ssh: Ssh = Ssh()
    inherited: Mapping[str, str] = field(default_factory=dict)

    def run(
        self,
        *arguments: str,
        options: Mapping[str, str] | None = None,
        secret_options: Mapping[str, str] | None = None,
        given: bytes = b"",
        timeout: timedelta = READING,
    ) -> Answer:
        """Run one git command to its end; ``given`` is its input. Raises only ToolMissing.

        ``secret_options`` travel in git's own environment, not in its arguments. On a timeout git and its
        children are killed, and the answer says so.
        """
        environment = self._environment(secret_options or {})
        # GitPython expands $NAME in a folder given as text, and works where we stand when there is no such folder.
        folder = self.folder.absolute()
        words = ["git", "-C", str(folder), *self._options(options or {}), *arguments]
        with os.fdopen(os.memfd_create("git-input", os.MFD_CLOEXEC), "w+b") as stream:
            stream.write(given)
            stream.seek(0)
            status, output, complaint = _git_python()(folder).execute(
                [*_only(environment), *words],
                istream=stream,
                env=environment,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                kill_after_timeout=timeout.total_seconds(),
                start_new_session=True,
            )
        if status == 127 and "env:" in complaint:
            raise _missing()
        return Answer(status, output, complaint)

    def _options(self, more: Mapping[str, str]) -> list[str]:
        chosen = {**_OPTIONS, **more}
        if self.protocol != NO_PROTOCOL:
            chosen[f"protocol.{self.protocol}.allow"] = "always"
        return [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]

    def _environment(self, secret_options: Mapping[str, str]) -> dict[str, str]:
        found = {name: self.inherited[name] for name in _INHERITED if name in self.inherited}
        found |= {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/nonexistent",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(self.configuration),
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "true",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            # Unlike configuration it also binds the git at the other end of a local path.
            "GIT_ALLOW_PROTOCOL": self.protocol,
            "GIT_PROTOCOL_FROM_USER": "0",
            "GIT_SSH_COMMAND": self.ssh.command,
            "GIT_SSH_VARIANT": "ssh",
            "GIT_CONFIG_COUNT": str(len(secret_options)),
        }
        for place, (name, value) in enumerate(secret_options.items()):
            found |= {f"GIT_CONFIG_KEY_{place}": name, f"GIT_CONFIG_VALUE_{place}": value}
        return found


@cache
def _git_python() -> type[Git]:
    """GitPython's way of running git, imported when it is first needed: that costs a tenth of a second.

    When it is imported it asks `git version` with the environment of our process, traces and paths and all. Given a
    program that does not exist it starts nothing; `run` names git itself.
    """
    chosen = {"GIT_PYTHON_GIT_EXECUTABLE": "/nonexistent/git", "GIT_PYTHON_REFRESH": "quiet"}
    before = {name: os.environ[name] for name in chosen if name in os.environ}
    os.environ.update(chosen)
    try:
        from git.cmd import Git
    finally:
        for name in chosen:
            del os.environ[name]
        os.environ.update(before)
    return Git


def _only(environment: Mapping[str, str]) -> list[str]:
    """GitPython adds to our process's environment; `env` takes away by name all that is not git's to know."""
    kept = {*environment, "LANGUAGE", "LC_ALL"}
    return ["/usr/bin/env", *(word for name in os.environ if name not in kept for word in ("-u", name))]


def _missing() -> ToolMissing:
    return ToolMissing("git is not installed", remedy="apt-get install git")
