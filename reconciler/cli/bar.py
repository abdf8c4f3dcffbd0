"""One bar for one action that a person waits for; nothing where nobody watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.cli.amount import amount
from reconciler.cli.session import Session
from reconciler.engines.protocol import OnProgress, Progress, silent


@contextmanager
def one_bar(session: Session, title: str) -> Iterator[OnProgress]:
    """Give a function to call with the progress."""
    if not session.terminal:
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[amount]}", markup=False),
    )
    with Bars(*columns, console=Console(stderr=True, no_color=session.plain), transient=True) as bars:
        task = bars.add_task(title, total=None, amount="")

        def move(progress: Progress) -> None:
            total = progress.bytes_total or None
            bars.update(task, completed=progress.bytes_done, total=total, amount=amount(progress))

        yield move
