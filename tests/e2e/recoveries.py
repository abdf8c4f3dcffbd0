"""A world with one repository of any kind, its asset backed up by a real pass, and its page as a person has it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt

from tests.e2e.belongings import make_belongings
from tests.e2e.world import CANARY, World, make_world
from tests.lab.repositories import make_repository
from tests.lab.restserver import RestServer
from tests.lab.s3 import S3Server
from tests.lab.sshd import SshServer

BEFORE = "From repository "


@dataclass(slots=True)
class Recovery:
    """The world, its asset's folder, the variables that a person sets, and what is lent to a bare place."""

    world: World
    data: Path
    repository: Mapping[str, object]
    environment: dict[str, str] = field(default_factory=dict)
    lent: dict[str, Path] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def page(self) -> str:
        """The asset's page as it lies on the disk."""
        return (self.world.folder / "runbooks" / "docs.md").read_text()

    @property
    def blocks(self) -> list[str]:
        """The bash blocks of the repository's section."""
        return blocks_of_section(self.page, "place")

    @property
    def keys(self) -> Path:
        """The folder of the keys that the person brought."""
        return self.world.folder / "keys"

    def stand(self, name: str = "stand") -> Path:
        """An empty folder in which a person stands."""
        folder = self.world.folder / name
        folder.mkdir()
        return folder

    def came_back(self, stand: Path, target: str = "recover-test-docs-place") -> Path:
        """Where the asset's folder is after the blocks ran in ``stand``."""
        return stand / target / str(self.data).lstrip("/")


def blocks_of_section(page: str, repository: str) -> list[str]:
    """What a Markdown reader takes for bash blocks between the section's heading and the next one."""
    blocks: list[str] = []
    inside = False
    tokens = MarkdownIt("commonmark").parse(page)
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and token.tag == "h2":
            inside = following is not None and following.content == f"{BEFORE}{repository}"
        if inside and token.type == "fence" and token.info == "bash":
            blocks.append(token.content)
    return blocks


def make_recovery(folder: Path, location: Mapping[str, object], **secrets: str) -> Recovery:
    """A world whose only repository is ``place``; ``secrets`` become files of the host and of the person."""
    world = make_world(folder / "world", cheap=False)
    keys = world.folder / "keys"
    keys.mkdir()
    for name, text in {"passphrase": world.key.read_text(), **secrets}.items():
        for place in (world.folder / "host", keys):
            (place / name).unlink(missing_ok=True)
            (place / name).write_text(text)
            (place / name).chmod(0o600)
    recovery = Recovery(world, world.folder / "data" / "docs", location)
    recovery.environment["RESTIC_PASSWORD_FILE"] = "/keys/passphrase"
    recovery.lent["/keys"] = keys
    make_belongings(recovery.data)
    spec = {"location": location, "passwordFrom": {"file": str(world.key)}, "medium": "nas"}
    document = {"apiVersion": "backup/v1", "kind": "Repository", "metadata": {"name": "place"}, "spec": spec}
    head = world.head(last=5).split("---\napiVersion: backup/v1\nkind: Repository")[0]
    recovery.files["policy.yaml"] = f"{head}---\n{json.dumps(document, ensure_ascii=False)}\n"
    recovery.files["docs.yaml"] = world.asset("docs", "place")
    world.policy.commit(recovery.files)
    return recovery


def _make_cheap(folder: Path, path: Path) -> None:
    """A repository that opens in an instant; the one in the bucket is left to the reconciler to make."""
    make_repository(folder / "made", CANARY).path.rename(path)


def local_recovery(folder: Path) -> Recovery:
    """In a folder whose name a careless page would run."""
    place = folder / 'it\'s `touch pwned` $(touch pwned) "place"'
    place.mkdir(parents=True)
    _make_cheap(folder, place / "repository")
    recovery = make_recovery(folder, {"local": {"path": str(place / "repository")}})
    recovery.lent[str(place)] = place
    return recovery


def sftp_recovery(folder: Path, server: SshServer, name: str) -> Recovery:
    """Over ssh with a pinned host key."""
    key = " ".join(server.known_hosts.read_text().split()[1:3])
    path = folder / "served" / name
    path.parent.mkdir(parents=True)
    _make_cheap(folder, path)
    location = {
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "path": str(path),
        "hostKey": key,
        "identityFrom": {"file": str(folder / "world" / "host" / "identity")},
    }
    recovery = make_recovery(folder, {"sftp": location}, identity=server.identity.read_text())
    recovery.environment["SSH_IDENTITY"] = "/keys/identity"
    return recovery


def rest_recovery(folder: Path, server: RestServer, name: str) -> Recovery:
    """A REST server with a user and a password."""
    _make_cheap(folder, server.folder / name)
    location = {
        "host": "127.0.0.1",
        "port": server.port,
        "path": name,
        "tls": False,
        "user": server.user,
        "passwordFrom": {"file": str(folder / "world" / "host" / "rest-password")},
    }
    recovery = make_recovery(folder, {"rest": location}, **{"rest-password": server.password})
    recovery.environment["REST_PASSWORD_FILE"] = "/keys/rest-password"
    return recovery


def s3_recovery(folder: Path, server: S3Server, bucket: str) -> Recovery:
    """A bucket of a real S3 service."""
    host = folder / "world" / "host"
    location = {
        "host": "127.0.0.1",
        "port": server.port,
        "tls": False,
        "bucket": bucket,
        "prefix": "deep/er",
        "accessKeyFrom": {"file": str(host / "access")},
        "secretKeyFrom": {"file": str(host / "secret")},
    }
    keys = server.environment()
    access, secret = keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"]
    recovery = make_recovery(folder, {"s3": location}, access=access, secret=secret)
    recovery.environment |= {"AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret}
    return recovery
