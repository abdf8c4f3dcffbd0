"""The source of an asset: exactly one kind with its settings, and which kinds this version can capture."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from reconciler.kinds.files import FilesSource
from reconciler.kinds.later import (
    CommandSource,
    ContainerImageSource,
    ContainerSource,
    ContainerVolumeSource,
    GitSource,
    MysqlSource,
    PostgresqlSource,
    SqliteSource,
    VagrantSource,
)
from reconciler.units.direction import Direction
from reconciler.units.model import Strict

WORKING = frozenset({"files"})
"""The kinds that this version captures; the others parse and say that they come later."""


class Source(Strict):
    """Exactly one of the kinds."""

    files: Annotated[FilesSource | None, Direction.NESTED] = None
    postgresql: Annotated[PostgresqlSource | None, Direction.NESTED] = None
    mysql: Annotated[MysqlSource | None, Direction.NESTED] = None
    sqlite: Annotated[SqliteSource | None, Direction.NESTED] = None
    git: Annotated[GitSource | None, Direction.NESTED] = None
    container_image: Annotated[ContainerImageSource | None, Field(alias="container-image"), Direction.NESTED] = None
    container: Annotated[ContainerSource | None, Direction.NESTED] = None
    container_volume: Annotated[ContainerVolumeSource | None, Field(alias="container-volume"), Direction.NESTED] = None
    vagrant: Annotated[VagrantSource | None, Direction.NESTED] = None
    command: Annotated[CommandSource | None, Direction.NESTED] = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(getattr(self, name) is not None for name in type(self).model_fields) != 1:
            raise ValueError("name exactly one kind of source, like files: {include: [/etc]}")
        return self

    @property
    def kind(self) -> str:
        """The kind's word: ``files``, ``container-image`` …"""
        return next(name.replace("_", "-") for name in type(self).model_fields if getattr(self, name) is not None)
