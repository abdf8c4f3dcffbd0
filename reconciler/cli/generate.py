"""Writes the help that is ready before click is loaded: ``python -m reconciler.cli.generate``."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.root import root

WIDTHS = (80, 100)
"""Without a terminal 80; from 100 on it does not get wider."""

READY = Path(__file__).with_name("ready.py")


def ready() -> str:
    """The text of ``ready.py``."""
    helps = "".join(f'    {width}: """\\\n{help_at(width)}""",\n' for width in WIDTHS)
    return f'"""The help as click writes it, by width; made by `make generate`."""\n\nHELP = {{\n{helps}}}\n'


def help_at(width: int) -> str:
    """The help as click writes it on a terminal so wide; two columns stay free."""
    context = click.Context(root, info_name="reconciler", terminal_width=width - 2, **root.context_settings)
    return f"{context.get_help()}\n"


if __name__ == "__main__":
    READY.write_text(ready(), encoding="utf-8")
