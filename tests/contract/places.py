"""Open repositories on every kind of place, and the engine that all suites use."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from reconciler.engines.protocol import BackupOrder, OpenRepository
from reconciler.engines.restic.calls import ResticSettings
from reconciler.engines.restic.engine import ResticEngine
from reconciler.kinds.capture import PathsCapture
from reconciler.kit.secrets import Secret
from reconciler.policy.models.location import Location
from tests.lab.repositories import CheapRepository
from tests.lab.require import require
from tests.lab.restserver import RestServer
from tests.lab.s3 import S3Server
from tests.lab.sshd import SshServer

PASSPHRASE = "canary passphrase 'with' \"odd\" $characters ñ"


def make_engine(
    folder: Path, stop: threading.Event | None = None, program: Path | None = None, **patience: timedelta
) -> ResticEngine:
    """An engine with its cache in the test's folder; ``patience`` shortens deadlines."""
    restic = program or Path(require("restic"))
    settings = ResticSettings(program=restic, cache=folder / "cache", grace=timedelta(seconds=5))
    return ResticEngine(replace(settings, **patience), stop)


def on_disk(path: Path, passphrase: str = PASSPHRASE, name: str = "place") -> OpenRepository:
    return OpenRepository(name, Location.model_validate({"local": {"path": str(path)}}), Secret(passphrase))


def cheap(repository: CheapRepository, name: str = "place") -> OpenRepository:
    """A lab repository that opens without delay."""
    return on_disk(repository.path, repository.password, name)


def over_ssh(server: SshServer, path: Path, *, pinned: bool = True) -> OpenRepository:
    kind, key = server.known_hosts.read_text().split()[1:3]
    place = {
        "host": server.host,
        "port": str(server.port),
        "user": server.user,
        "path": str(path),
        "hostKey": f"{kind} {key}" if pinned else None,
    }
    location = Location.model_validate({"sftp": {name: value for name, value in place.items() if value}})
    identity = Secret(server.identity.read_text().removesuffix("\n"))
    return OpenRepository("place", location, Secret(PASSPHRASE), {"identity": identity})


def over_rest(server: RestServer, name: str) -> OpenRepository:
    place = {
        "host": "127.0.0.1",
        "port": str(server.port),
        "path": name,
        "tls": "true" if server.authority else "false",
        "user": server.user,
    }
    if server.authority:
        place["authorityFile"] = str(server.authority)
    location = Location.model_validate({"rest": place})
    return OpenRepository("place", location, Secret(PASSPHRASE), {"password": Secret(server.password)})


def in_bucket(server: S3Server, bucket: str, secret_key: str | None = None) -> OpenRepository:
    place = {
        "host": "127.0.0.1",
        "port": str(server.port),
        "tls": "false",
        "bucket": bucket,
        "prefix": "a/repository",
        "region": "us-east-1",
        "accessKeyFrom": {"env": "UNUSED"},
        "secretKeyFrom": {"env": "UNUSED"},
    }
    keys = {
        "access_key": Secret(server.administrator.access_key),
        "secret_key": Secret(secret_key or server.administrator.secret_key),
    }
    return OpenRepository("place", Location.model_validate({"s3": place}), Secret(PASSPHRASE), keys)


def order(*paths: Path, tags: Sequence[str] = ("asset=iact/wiki",), parent: str | None = None) -> BackupOrder:
    return BackupOrder(PathsCapture(tuple(str(path) for path in paths)), "db1", tuple(tags), parent=parent)
