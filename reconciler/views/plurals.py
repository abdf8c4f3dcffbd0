"""One backup, two backups: the English plural, for sentences whose number comes late."""

from __future__ import annotations


class Shown(str):
    """A parameter in words that bends what follows it.

    ``{count:backup}`` is ``1 backup`` or ``3 backups``; ``{count:has/have}`` is the word alone that fits it.
    """

    __slots__ = ()

    def __format__(self, wanted: str, /) -> str:
        if not wanted:
            return str(self)
        one, slash, many = wanted.partition("/")
        single = self == "1"
        if slash:
            return one if single else many
        return f"{self} {one if single else one + 's'}"


def counted(number: int, noun: str) -> str:
    """``1 backup``, ``2 backups``."""
    return format(Shown(number), noun)
