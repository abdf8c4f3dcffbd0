"""Source ``files``: folders and files of the host, read in place."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from reconciler.units.direction import Direction
from reconciler.units.durations import Duration
from reconciler.units.model import Strict
from reconciler.units.names import AbsolutePath, Pattern
from reconciler.units.scalars import Flag
from reconciler.units.sizes import Size

MarkerName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._][A-Za-z0-9._-]{0,127}$")]


class FilesSource(Strict):
    """What to read and what to leave out; patterns are restic's own, case-sensitive."""

    include: Annotated[tuple[AbsolutePath, ...], Field(min_length=1), Direction.KEEPS]
    exclude: Annotated[tuple[Pattern, ...], Direction.SPARES] = ()
    exclude_if_present: Annotated[tuple[MarkerName, ...], Direction.SPARES] = ()
    exclude_caches: Annotated[Flag, Direction.FALSE] = False
    exclude_larger_than: Annotated[Size | None, Direction.LARGER] = None
    one_file_system: Annotated[Flag, Direction.FALSE] = False
    full_every: Annotated[Duration | None, Direction.SMALLER] = None
