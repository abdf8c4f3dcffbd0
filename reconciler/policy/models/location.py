"""Where a repository lies: typed fields, never a raw URL, since an engine's URL can run commands."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from reconciler.kinds.secrets import SecretReference
from reconciler.units.direction import Direction
from reconciler.units.model import Strict
from reconciler.units.names import AbsolutePath, HostName, UserName
from reconciler.units.scalars import Count, Flag

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

HostKey = Annotated[str, StringConstraints(pattern=r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp[0-9]+) [A-Za-z0-9+/=]+$")]
Bucket = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
Prefix = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._][A-Za-z0-9._/-]{0,511}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]
Port = Annotated[Count, Field(ge=1, le=65535)]


class LocalLocation(Strict):
    """A folder of the keeper's own file system."""

    path: AbsolutePath


class SftpLocation(Strict):
    """A folder on another host, over ssh; ``hostKey`` pins the server's key."""

    host: HostName
    port: Port = 22
    user: UserName
    path: AbsolutePath
    host_key: HostKey | None = None
    identity_from: SecretReference | None = None


class RestLocation(Strict):
    """restic's REST server (also rclone's)."""

    host: HostName
    port: Port = 8000
    path: Prefix | None = None
    tls: Flag = True
    authority_file: AbsolutePath | None = None
    user: UserName | None = None
    password_from: SecretReference | None = None


class S3Location(Strict):
    """A bucket of any S3 server."""

    host: HostName
    port: Port | None = None
    tls: Flag = True
    authority_file: AbsolutePath | None = None
    bucket: Bucket
    prefix: Prefix | None = None
    region: Region | None = None
    access_key_from: SecretReference
    secret_key_from: SecretReference


class Location(Strict):
    """Exactly one kind of place; any change of it is a new place for the data."""

    local: Annotated[LocalLocation | None, Direction.SOLID] = None
    sftp: Annotated[SftpLocation | None, Direction.SOLID] = None
    rest: Annotated[RestLocation | None, Direction.SOLID] = None
    s3: Annotated[S3Location | None, Direction.SOLID] = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(getattr(self, name) is not None for name in type(self).model_fields) != 1:
            raise ValueError("name exactly one location: local, sftp, rest or s3")
        return self

    @property
    def kind(self) -> str:
        """``local``, ``sftp``, ``rest`` or ``s3``."""
        return next(name for name in type(self).model_fields if getattr(self, name) is not None)

    @property
    def described(self) -> str:
        """One line for people, without any secret."""
        if self.local:
            return self.local.path
        if self.sftp:
            return f"sftp {self.sftp.user}@{self.sftp.host}:{self.sftp.path}"
        if self.rest:
            scheme = "https" if self.rest.tls else "http"
            return f"rest {scheme}://{self.rest.host}:{self.rest.port}/{self.rest.path or ''}"
        place = self.s3
        return f"s3 {place.host}/{place.bucket}/{place.prefix or ''}".rstrip("/") if place else ""
