"""A real S3 service on loopback (SeaweedFS): wrong keys are refused, versioning and object lock work."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.ports import free_port
from tests.lab.process import running
from tests.lab.require import require
from tests.lab.signature import Credentials, signed_headers

_ADMINISTRATOR = Credentials("LABADMINISTRATOR", "lab-administrator-secret")
_WRITER = Credentials("LABWRITER", "lab-writer-secret")


@dataclass(frozen=True, slots=True)
class S3Server:
    """The endpoint and two identities: one may do anything, the other may only read, write and list."""

    port: int
    administrator: Credentials
    writer: Credentials

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def make_bucket(self, name: str, *, object_lock: bool = False) -> None:
        headers = {"x-amz-bucket-object-lock-enabled": "true"} if object_lock else {}
        status, body = self.request("PUT", f"/{name}", self.administrator, headers)
        if status != http.client.OK:
            raise AssertionError(f"the bucket {name} was not made: {status} {body!r}")

    def request(
        self, method: str, path: str, credentials: Credentials, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send a signed request without query and body; returns the status and the body of the answer."""
        address = f"127.0.0.1:{self.port}"
        return self._send(method, path, signed_headers(method, address, path, credentials, headers or {}))

    def restic_location(self, bucket: str, path: str = "repository") -> str:
        return f"s3:{self.endpoint}/{bucket}/{path}"

    def environment(self, credentials: Credentials | None = None) -> dict[str, str]:
        """The variables with which restic gets in, by default as the administrator."""
        chosen = credentials or self.administrator
        return {"AWS_ACCESS_KEY_ID": chosen.access_key, "AWS_SECRET_ACCESS_KEY": chosen.secret_key}

    def is_up(self) -> bool:
        try:
            status, _ = self._send("GET", "/healthz", {})
        except OSError:
            return False
        return status == http.client.OK

    def _send(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


@contextmanager
def running_s3(folder: Path) -> Iterator[S3Server]:
    """Serve S3 out of an existing folder until the block ends. Takes about three seconds to start."""
    ports = [free_port() for _ in range(8)]
    server = S3Server(ports[0], _ADMINISTRATOR, _WRITER)
    identities = folder / "identities.json"
    identities.write_text(json.dumps(_identities()))
    data = folder / "data"
    data.mkdir()
    try:
        with running(_command(ports, data, identities), answers=server.is_up, log=folder / "s3.log"):
            yield server
    finally:
        _remove_sockets(ports)


def _remove_sockets(ports: Sequence[int]) -> None:
    # The service makes these at a fixed place, and a killed one leaves them behind.
    for port in ports:
        for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
            left.unlink()


def _identities() -> dict[str, object]:
    def identity(name: str, credentials: Credentials, actions: list[str]) -> dict[str, object]:
        pair = {"accessKey": credentials.access_key, "secretKey": credentials.secret_key}
        return {"name": name, "credentials": [pair], "actions": actions}

    everything = ["Admin", "Read", "Write", "List", "Tagging"]
    return {
        "identities": [
            identity("administrator", _ADMINISTRATOR, everything),
            identity("writer", _WRITER, ["Read", "Write", "List"]),
        ]
    }


def _command(ports: Sequence[int], data: Path, identities: Path) -> list[str]:
    s3, s3_grpc, master, master_grpc, volume, volume_grpc, filer, filer_grpc = ports
    return [
        require("weed"),
        "server",
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-master.port={master}",
        f"-master.port.grpc={master_grpc}",
        "-master.volumeSizeLimitMB=64",
        "-master.telemetry=false",
        f"-volume.port={volume}",
        f"-volume.port.grpc={volume_grpc}",
        "-volume.max=0",
        "-filer=true",
        f"-filer.port={filer}",
        f"-filer.port.grpc={filer_grpc}",
        "-s3",
        f"-s3.port={s3}",
        f"-s3.port.grpc={s3_grpc}",
        f"-s3.config={identities}",
        "-s3.port.iceberg=0",  # these two have fixed ports, on which a second server would die
        "-s3.port.lance=0",
    ]
