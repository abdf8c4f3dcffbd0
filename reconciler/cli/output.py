"""How commands print: one JSON envelope for programs, tables for people, the same rows for both."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from reconciler.views.tables import Column

format_option = click.option(
    "-o", "--output", type=click.Choice(["table", "json"]), default="table", help="A table, or JSON for programs."
)
list_format_option = click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "wide", "json"]),
    default="table",
    help="A table that fits the terminal, a wide one with every column, or JSON for programs.",
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a table is drawn: with every column, without some, each row in its own colour."""

    wide: bool = False
    without: frozenset[str] = frozenset()
    styles: Sequence[str] = ()


_PLAIN = Drawing()


def terminal_width() -> int | None:
    """The columns of the terminal on standard output; None where there is none, so that nothing is folded."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def print_text(text: str) -> None:
    """Lines for people, broken between words on a terminal and not at all elsewhere."""
    from reconciler.views.tables import wrapped

    width = terminal_width()
    click.echo(wrapped(text, width) if width else text)


def print_list(kind: str, items: Iterable[Mapping[str, object]]) -> None:
    """``{"apiVersion": "backup/v1", "kind": "…List", "items": […]}``."""
    envelope = {"apiVersion": "backup/v1", "kind": f"{kind}List", "items": list(items)}
    click.echo(json.dumps(envelope, ensure_ascii=False, indent=2))


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[str]], drawing: Drawing = _PLAIN) -> None:
    """As wide as the terminal has room; a line a row elsewhere and with ``wide``, so that nothing is folded."""
    from reconciler.views.tables import lay_out

    shown = [place for place, column in enumerate(columns) if drawing.wide or column.name not in drawing.without]
    width = None if drawing.wide else terminal_width()
    table = lay_out([columns[place] for place in shown], [[row[place] for place in shown] for row in rows], width)
    for line in table.heading:
        click.secho(line, bold=True)
    for index, lines in enumerate(table.rows):
        style = drawing.styles[index] if index < len(drawing.styles) else ""
        for line in lines:
            click.echo(click.style(line, fg=style) if style else line)
    if table.left_out:
        click.secho(f"No room for {', '.join(table.left_out)}: -o wide shows all", dim=True)
