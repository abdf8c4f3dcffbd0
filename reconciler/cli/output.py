"""How commands print: one JSON envelope for programs, tables for people, the same rows for both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from reconciler.cli.session import Session

format_option = click.option(
    "-o", "--output", type=click.Choice(["table", "json"]), default="table", help="A table, or JSON for programs."
)


def print_list(kind: str, items: Iterable[Mapping[str, object]]) -> None:
    """``{"apiVersion": "backup/v1", "kind": "…List", "items": […]}``."""
    envelope = {"apiVersion": "backup/v1", "kind": f"{kind}List", "items": list(items)}
    click.echo(json.dumps(envelope, ensure_ascii=False, indent=2))


def print_table(
    session: Session, columns: Sequence[str], rows: Iterable[Sequence[str]], styles: Sequence[str] = ()
) -> None:
    """A table on a terminal; columns parted by two spaces elsewhere, so that scripts and logs stay plain."""
    found = [tuple(" ".join(str(cell).split()) for cell in row) for row in rows]
    if not session.console.is_terminal:
        widths = [max(len(row[i]) for row in [tuple(columns), *found]) for i in range(len(columns))]
        for row in [tuple(name.upper() for name in columns), *found]:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            click.echo("  ".join(cells).rstrip())
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in columns:
        table.add_column(name.upper(), overflow="fold")
    for index, row in enumerate(found):
        style = styles[index] if index < len(styles) else ""
        table.add_row(*(Text(cell) for cell in row), style=style)
    session.console.print(table)
