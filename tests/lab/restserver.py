"""A real REST repository server on loopback, optionally append-only, optionally over TLS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.certificates import make_certificates
from tests.lab.ports import free_port
from tests.lab.process import listens, running
from tests.lab.require import require


@dataclass(frozen=True, slots=True)
class RestServer:
    """A server's address and credentials; `authority` is the certificate to trust when it speaks TLS."""

    url: str
    port: int
    user: str
    password: str
    folder: Path
    append_only: bool
    authority: Path | None

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which restic gets in."""
        return {"RESTIC_REST_USERNAME": self.user, "RESTIC_REST_PASSWORD": self.password}

    def restic_location(self, name: str) -> str:
        return f"rest:{self.url}/{name}/"


@contextmanager
def running_rest_server(
    folder: Path, *, data: Path | None = None, append_only: bool = False, tls: bool = False
) -> Iterator[RestServer]:
    """Serve repositories until the block ends.

    They lie in `data`, or else in `folder`/data, so that an append-only server can share them.
    """
    certificates = make_certificates(folder) if tls else None
    port = free_port()
    server = RestServer(
        url=f"{'https' if tls else 'http'}://127.0.0.1:{port}",
        port=port,
        user="backup",
        password="rest-lab-password",
        folder=data or folder / "data",
        append_only=append_only,
        authority=certificates.authority if certificates else None,
    )
    server.folder.mkdir(exist_ok=True)
    command = [require("rclone"), "serve", "restic", "--config", "", "--addr", f"127.0.0.1:{port}"]
    command += ["--user", server.user, "--pass", server.password]
    command += ["--append-only"] if append_only else []
    if certificates:
        command += ["--cert", str(certificates.certificate), "--key", str(certificates.key)]
    with running([*command, str(server.folder)], answers=lambda: listens(port), log=folder / "rest.log"):
        yield server
