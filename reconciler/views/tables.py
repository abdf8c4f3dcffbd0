"""Tables as plain lines: no cell is ever broken, what does not fit goes by importance, and only prose is wrapped."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

GAP = "  "
READABLE = 24
"""Text in a narrower column is no pleasure to read."""

_WHOLE = re.compile(
    r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?: [A-Z+-][A-Z0-9+-]{1,5}\b)?)?"  # an instant
    r"|\d[\d.]* (?:[KMGTP]i)?B\b"  # a size
    r"|\b\d+[dhms] \d+[dhms]\b"  # an age
    r"|\+\d[\d ]*\d"  # a telephone number
)
_LABEL = re.compile(r"[a-z][a-z ]{0,20}:\s+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of ``rank`` 0 stays at any width; of the others the lowest is given room first.

    ``prose`` is text that may be broken between words, and how much room it wants; such a column stands last.
    """

    name: str
    rank: int = 0
    prose: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """The lines of the heading, those of each row, and the columns that found no room."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: tuple[str, ...] = ()


def lay_out(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None = None) -> Table:
    """The table in so many columns of a terminal; without ``width`` each row is one line, however long."""
    cells = [tuple(one_line(cell) for cell in row) for row in rows]
    heading = tuple(column.name.upper() for column in columns)
    natural = [max(_width(row[place]) for row in (heading, *cells)) for place in range(len(columns))]
    kept = list(range(len(columns)))
    if width is None:
        lines = [kept]
    else:
        kept = _kept(columns, natural, width)
        lines = _lines(columns, kept, natural, width)
    shape = _Shape(tuple(columns), tuple(natural), tuple(map(tuple, lines)), width)
    left_out = tuple(column.name for place, column in enumerate(columns) if place not in kept)
    return Table(shape.drawn(heading), tuple(shape.drawn(row) for row in cells), left_out)


def wrapped(text: str, width: int) -> str:
    """Lines of text for a terminal, broken between words, what continues stands below its beginning."""
    return "\n".join(part for line in text.split("\n") for part in _broken_line(line, width))


def one_line(text: str) -> str:
    """A cell: one line, and nothing in it that moves a terminal's cursor."""
    return "".join(sign if sign.isprintable() else "�" for sign in " ".join(text.split()))


@dataclass(frozen=True, slots=True)
class _Shape:
    """Which columns stand on which line of a row."""

    columns: tuple[Column, ...]
    natural: tuple[int, ...]
    lines: tuple[tuple[int, ...], ...]
    width: int | None

    def drawn(self, row: Sequence[str]) -> tuple[str, ...]:
        """The lines of a row; one whose cells are all empty is left out."""
        drawn: list[str] = []
        for number, places in enumerate(self.lines):
            indent = GAP if number else ""
            if number and not any(row[place] for place in places):
                continue
            drawn += self._drawn_line(row, places, indent)
        return tuple(drawn)

    def _drawn_line(self, row: Sequence[str], places: tuple[int, ...], indent: str) -> list[str]:
        last = places[-1]
        begin = indent + "".join(_padded(row[place], self.natural[place]) + GAP for place in places[:-1])
        if self.width is None or not self.columns[last].prose:
            return [(begin + row[last]).rstrip()]
        parts = _broken(row[last], max(self.width - _width(begin), 1)) or [""]
        return [(begin + parts[0]).rstrip(), *(" " * _width(begin) + part for part in parts[1:])]


def _kept(columns: Sequence[Column], natural: Sequence[int], width: int) -> list[int]:
    """Those that must stay, and of the others, the most important first, each that still has room."""
    kept = [place for place, column in enumerate(columns) if not column.rank]
    others = [place for place, column in enumerate(columns) if column.rank]
    for place in sorted(others, key=lambda place: columns[place].rank):
        with_it = sorted([*kept, place])
        if _needed(columns, with_it, natural) <= width:
            kept = with_it
    return kept


def _needed(columns: Sequence[Column], kept: Sequence[int], natural: Sequence[int]) -> int:
    widths = [min(natural[place], columns[place].prose or natural[place]) for place in kept]
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _lines(columns: Sequence[Column], kept: Sequence[int], natural: Sequence[int], width: int) -> list[list[int]]:
    """All on one line where that has room; else as many whole cells a line as fit, and prose on its own."""
    if _needed(columns, kept, natural) <= width:
        return [list(kept)]
    lines: list[list[int]] = []
    for place in kept:
        indent = len(GAP) if len(lines) > 1 else 0
        if lines and not columns[place].prose and indent + _needed(columns, [*lines[-1], place], natural) <= width:
            lines[-1].append(place)
        else:
            lines.append([place])
    return lines


def _broken_line(line: str, width: int) -> list[str]:
    """What follows a label continues below its value, other text a little further in."""
    if _width(line) <= width:
        return [line]
    text = line.lstrip(" ")
    indent = len(line) - len(text)
    label = _LABEL.match(text) if indent else None
    hanging = indent + (len(label[0]) if label else 4)
    if width - hanging < max(READABLE, *(len(word) for word in text.split())):
        hanging = indent + 2
    return _broken(text, width, " " * indent, " " * hanging)


def _broken(text: str, room: int, first: str = "", others: str = "") -> list[str]:
    """Between words only, and never inside an instant, a size or an age."""
    held = _WHOLE.sub(lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), text)
    parts = textwrap.wrap(
        held,
        max(room, 1),
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [part.replace("\N{NO-BREAK SPACE}", " ") for part in parts]


def _width(text: str) -> int:
    """Columns of a terminal: an East Asian letter takes two, a combining mark none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(s) else 2 if unicodedata.east_asian_width(s) in "WF" else 1 for s in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
