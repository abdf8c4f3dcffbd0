"""Sources that parse already and say that they come later: their settings, so that policies can be written."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from reconciler.kinds.secrets import SecretReference
from reconciler.units.direction import Direction, Presence
from reconciler.units.model import Strict
from reconciler.units.names import AbsolutePath, HostName, Label, Name, Pattern, UserName
from reconciler.units.scalars import Count, Flag

Place = Annotated[HostName, Direction.SOLID, Presence.NEW_LOWERS_ABROAD]
Secret = Annotated[SecretReference | None, Direction.SOLID, Presence.NEW_LOWERS]
Port = Annotated[Count, Field(ge=1, le=65535)]
Database = Annotated[Label | None, Direction.SOLID]


class PostgresqlSource(Strict):
    """One database, or all of them when ``database`` is left out."""

    host: Place = "127.0.0.1"
    port: Annotated[Port | None, Direction.SOLID] = None
    database: Database = None
    user: Annotated[UserName | None, Direction.SOLID] = None
    user_from: Secret = None
    password_from: Secret = None


class MysqlSource(PostgresqlSource):
    """MySQL or MariaDB; one database, or all of them."""


class SqliteSource(Strict):
    """Database files, captured through SQLite's online backup."""

    paths: Annotated[tuple[AbsolutePath, ...], Field(min_length=1), Direction.KEEPS]


class GitSource(Strict):
    """Repositories of code: bare or not, or folders that hold many."""

    repositories: Annotated[tuple[AbsolutePath, ...], Direction.KEEPS] = ()
    folders: Annotated[tuple[AbsolutePath, ...], Direction.KEEPS] = ()

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not (self.repositories or self.folders):
            raise ValueError("name repositories, or folders that hold them")
        return self


class ContainerImageSource(Strict):
    """Images by name."""

    images: Annotated[tuple[Pattern, ...], Field(min_length=1), Direction.KEEPS]


class ContainerSource(Strict):
    """One container's file system."""

    container: Annotated[Label, Direction.SOLID]


class ContainerVolumeSource(Strict):
    """One volume's files."""

    volume: Annotated[Label, Direction.SOLID]
    pause: Annotated[Flag, Direction.TRUE] = False


class VagrantSource(Strict):
    """A machine folder and its virtual machine."""

    folder: Annotated[AbsolutePath, Direction.SOLID]
    machine: Annotated[Label, Direction.SOLID] = "default"


class CommandSource(Strict):
    """A program that the host settings declare by name; its output is the backup."""

    name: Annotated[Name, Direction.SOLID]
