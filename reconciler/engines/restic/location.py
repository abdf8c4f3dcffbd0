"""Where a repository lies, in restic's words. A URL made here may hold a password: it goes into a private file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from reconciler.errors import RepositoryUnreachable
from reconciler.policy.models.location import Location, RestLocation, S3Location, SftpLocation


@dataclass(frozen=True, slots=True)
class SshAccess:
    """A server to reach over ssh, with the files that hold its pinned key and our private key."""

    place: SftpLocation
    known_hosts: str | None = None
    identity: str | None = None


def url(location: Location, password: str | None = None) -> str:
    """restic's URL; ``password`` is that of a REST server."""
    if location.local:
        return location.local.path
    if location.sftp:
        place = location.sftp
        return f"sftp://{quote(place.user, safe='')}@{_host(place.host)}:{place.port}/{quote(place.path)}"
    if location.rest:
        return _rest(location.rest, password)
    if location.s3:
        return _s3(location.s3)
    raise RepositoryUnreachable(f"restic has no backend for {location.kind}")


def options(location: Location) -> tuple[str, ...]:
    """Values for ``-o``."""
    return (f"s3.region={location.s3.region}",) if location.s3 and location.s3.region else ()


def authority_file(location: Location) -> str | None:
    """The certificate authority to trust, besides the system's."""
    place = location.rest or location.s3
    return place.authority_file if place else None


def known_hosts(place: SftpLocation) -> str | None:
    """The line that pins the server's key; None when the system's own known hosts decide."""
    if place.host_key is None:
        return None
    name = place.host if place.port == 22 else f"[{place.host}]:{place.port}"
    return f"{name} {place.host_key}\n"


def ssh_configuration(accesses: Sequence[SshAccess]) -> str:
    """A whole ssh configuration: nothing from the user's or the system's own, no question, no unknown key.

    Two places on one host share a block; their known hosts tell the ports apart.
    """
    hosts = dict.fromkeys(access.place.host for access in accesses)
    return "".join(_host_block(host, [one for one in accesses if one.place.host == host]) for host in hosts)


def credentials_file(access_key: str, secret_key: str) -> str:
    """AWS's shared credentials file."""
    return f"[default]\naws_access_key_id = {_ini(access_key)}\naws_secret_access_key = {_ini(secret_key)}\n"


def _rest(place: RestLocation, password: str | None) -> str:
    scheme = "https" if place.tls else "http"
    login = ""
    if place.user:
        word = f":{quote(password, safe='')}" if password is not None else ""
        login = f"{quote(place.user, safe='')}{word}@"
    path = f"{quote(place.path.strip('/'))}/" if place.path else ""
    return f"rest:{scheme}://{login}{_host(place.host)}:{place.port}/{path}"


def _s3(place: S3Location) -> str:
    scheme = "https" if place.tls else "http"
    port = f":{place.port}" if place.port else ""
    prefix = f"/{place.prefix.strip('/')}" if place.prefix else ""
    return f"s3:{scheme}://{_host(place.host)}{port}/{place.bucket}{prefix}"


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _host_block(host: str, accesses: Sequence[SshAccess]) -> str:
    pinned = list(dict.fromkeys(one.known_hosts for one in accesses if one.known_hosts))
    identities = dict.fromkeys(one.identity for one in accesses if one.identity)
    lines = [
        f"Host {host}",
        "  BatchMode yes",
        "  StrictHostKeyChecking yes",
        "  UpdateHostKeys no",
        "  IdentitiesOnly yes",
        "  ForwardAgent no",
        "  ConnectTimeout 30",
        "  ServerAliveInterval 30",
        "  ServerAliveCountMax 4",
        *(f"  IdentityFile {identity}" for identity in identities),
    ]
    if pinned:
        unpinned = any(one.known_hosts is None for one in accesses)
        own = " ~/.ssh/known_hosts" if unpinned else ""
        system = "/etc/ssh/ssh_known_hosts" if unpinned else "/dev/null"
        lines += [f"  UserKnownHostsFile {' '.join(pinned)}{own}", f"  GlobalKnownHostsFile {system}"]
    return "\n".join(lines) + "\n"


def _ini(value: str) -> str:
    # A character that the format gives a meaning to is kept from it by quotes.
    if any(character in value for character in "\"'`\n\r"):
        raise RepositoryUnreachable("an S3 key with quotes or line breaks cannot be handed to restic")
    return f"`{value}`" if any(character in value for character in "#;\\ ") else value
