"""A row of backups, newest first, each made only when it is looked at: of a million hardly any is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Self, overload

from reconciler.observed.backup import Backup


class Backups(Sequence[Backup]):
    """Backups of one asset in one repository; of equal times the greater id goes first.

    ``times`` and ``ids`` are of all. All but the ``odd`` positions are plain: counted as soon as their time has
    come, neither restored nor kept for a request. Equal to any sequence of the same backups.
    """

    def __init__(
        self, times: Sequence[datetime], ids: Sequence[str], odd: Sequence[int], make: Callable[[int], Backup]
    ) -> None:
        self.times = times
        self.ids = ids
        self.odd = odd
        self._make = make
        self._made: dict[int, Backup] = {}

    @classmethod
    def of(cls, backups: Iterable[Backup]) -> Self:
        """These backups in their order; a row of them stays as it is."""
        if isinstance(backups, cls):
            return backups
        made = sorted(backups, key=attrgetter("time", "id"), reverse=True)
        odd = [position for position, backup in enumerate(made) if not is_plain(backup)]
        return cls([one.time for one in made], [one.id for one in made], odd, made.__getitem__)

    def __len__(self) -> int:
        return len(self.times)

    @overload
    def __getitem__(self, where: int) -> Backup: ...

    @overload
    def __getitem__(self, where: slice) -> tuple[Backup, ...]: ...

    def __getitem__(self, where: int | slice) -> Backup | tuple[Backup, ...]:
        if isinstance(where, slice):
            return tuple([self._at(position) for position in range(*where.indices(len(self)))])
        return self._at(range(len(self))[where])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def _at(self, position: int) -> Backup:
        found = self._made.get(position)
        if found is None:
            found = self._made[position] = self._make(position)
        return found


def is_plain(backup: Backup) -> bool:
    """Whether there is nothing more to a backup than that it counts."""
    return backup.countable and backup.restored_at is None and backup.keep_until is None
