"""What a source hands to an engine: paths to read, or a program whose output is the backup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PathsCapture:
    """Paths read in place. Patterns are restic's, ``larger_than`` bytes."""

    paths: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    exclude_if_present: tuple[str, ...] = ()
    exclude_caches: bool = False
    exclude_larger_than: int | None = None
    one_file_system: bool = False
    read_all: bool = False


@dataclass(frozen=True, slots=True)
class StreamCapture:
    """The standard output of ``arguments`` becomes the file ``filename`` (no slash) of the backup."""

    filename: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


Capture = PathsCapture | StreamCapture
