"""A real sshd on loopback with keys of its own, serving SFTP to the user who runs the tests."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.ports import free_port
from tests.lab.process import listens, running
from tests.lab.require import require


@dataclass(frozen=True, slots=True)
class SshServer:
    """Where to connect, and the files with which a client gets in.

    `config` is a ready client configuration (`ssh -F`): it works for the address and for the alias `lab`.
    """

    host: str
    port: int
    user: str
    identity: Path
    known_hosts: Path
    config: Path
    log: Path

    @property
    def restic_option(self) -> tuple[str, str]:
        """The option that makes restic connect with this client configuration."""
        return "-o", f"sftp.args=-F {self.config}"

    def restic_location(self, path: Path) -> str:
        return f"sftp://{self.user}@{self.host}:{self.port}/{path}"


@contextmanager
def running_sshd(folder: Path) -> Iterator[SshServer]:
    """Serve SFTP until the block ends; keys, configurations and the log lie in an existing folder."""
    server = _describe(folder, free_port())
    host_key = folder / "host_key"
    for key in (host_key, server.identity):
        subprocess.run(
            [require("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(key)], check=True
        )
    public = host_key.with_suffix(".pub").read_text()
    server.known_hosts.write_text(f"[{server.host}]:{server.port} {public}")
    server.config.write_text(_client_config(server))
    config = folder / "sshd_config"
    config.write_text(_server_config(server, host_key))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd of root insists on it
    command = [require("sshd"), "-D", "-e", "-f", str(config)]
    with running(command, answers=lambda: listens(server.port), log=server.log):
        yield server


def _describe(folder: Path, port: int) -> SshServer:
    return SshServer(
        host="127.0.0.1",
        port=port,
        user=pwd.getpwuid(os.geteuid()).pw_name,
        identity=folder / "identity",
        known_hosts=folder / "known_hosts",
        config=folder / "ssh_config",
        log=folder / "sshd.log",
    )


def _client_config(server: SshServer) -> str:
    return f"""\
Host lab {server.host}
    HostName {server.host}
    Port {server.port}
    User {server.user}
    IdentityFile {server.identity}
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile {server.known_hosts}
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    BatchMode yes
"""


def _server_config(server: SshServer, host_key: Path) -> str:
    return f"""\
ListenAddress {server.host}:{server.port}
HostKey {host_key}
AuthorizedKeysFile {server.identity}.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UseDNS no
PrintMotd no
MaxStartups 100
Subsystem sftp internal-sftp
"""
