"""Where each key, value and item of a document stands; cheap to make, dear only when something is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from reconciler.policy.documents import Place

Path = tuple[str | int, ...]


class Spot(NamedTuple):
    """A key (or a list's item) and its value: lines and columns counted from 1; ``inside`` are its parts."""

    line: int
    column: int
    value_line: int
    value_column: int
    inside: Inside


Inside = dict[str, Spot] | list[Spot] | None


class Spots(Mapping[Path, Place]):
    """The places of one document in one file. Plain values have their own, collections their key's."""

    __slots__ = ("_file", "_root")

    def __init__(self, file: str, root: Spot) -> None:
        self._file = file
        self._root = root

    def __getitem__(self, path: Path) -> Place:
        spot = self._spot(path)
        if spot is None:
            raise KeyError(path)
        if spot.inside is None:
            return Place(self._file, spot.value_line, spot.value_column)
        return Place(self._file, spot.line, spot.column)

    def __iter__(self) -> Iterator[Path]:
        return _walked((), self._root)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def key(self, path: Path) -> Place | None:
        """The place of the key itself, or None when there is no such path."""
        spot = self._spot(path)
        return None if spot is None else Place(self._file, spot.line, spot.column)

    def value(self, path: Path) -> Place | None:
        """The place of the value, be it a collection or not, or None when there is no such path."""
        spot = self._spot(path)
        return None if spot is None else Place(self._file, spot.value_line, spot.value_column)

    def nearest(self, path: Path) -> Place:
        """The place of the path, or of the nearest thing around it."""
        for length in range(len(path), 0, -1):
            found = self.get(path[:length])
            if found:
                return found
        return self.start

    @property
    def start(self) -> Place:
        """Where the document begins."""
        return Place(self._file, self._root.line, self._root.column)

    def moved(self, file: str) -> Spots:
        """The same places, in a file of another name."""
        return Spots(file, self._root)

    def _spot(self, path: Path) -> Spot | None:
        spot: Spot | None = self._root
        for part in path:
            inside = spot.inside if spot is not None else None
            if isinstance(inside, dict) and isinstance(part, str):
                spot = inside.get(part)
            elif isinstance(inside, list) and isinstance(part, int) and part < len(inside):
                spot = inside[part]
            else:
                return None
        return spot


def _walked(path: Path, spot: Spot) -> Iterator[Path]:
    parts: list[tuple[str | int, Spot]] = []
    if isinstance(spot.inside, dict):
        parts = [(key, part) for key, part in spot.inside.items()]
    elif isinstance(spot.inside, list):
        parts = list(enumerate(spot.inside))
    for name, part in parts:
        yield (*path, name)
        yield from _walked((*path, name), part)
