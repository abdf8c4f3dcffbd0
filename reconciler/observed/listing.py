"""What a repository's listing says: snapshots as the engine names them, before anybody knows whose they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One entry of a listing. ``time`` aware UTC; ``original`` the lineage when it is a copy; sizes in bytes."""

    id: str
    time: datetime
    host: str
    paths: tuple[str, ...]
    tags: tuple[str, ...] = ()
    original: str | None = None
    size: int | None = None
    files: int | None = None
    tree: str | None = None

    def tag(self, key: str) -> str | None:
        """The value of the tag ``key=value``, None when there is none."""
        return tag_of(self.tags, key)


def tag_of(tags: Iterable[str], key: str) -> str | None:
    """The same of tags alone."""
    start = f"{key}="
    return next((tag[len(start) :] for tag in tags if tag.startswith(start)), None)
