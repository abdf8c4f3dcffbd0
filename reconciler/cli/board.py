"""What a person or a log sees while actions run: bars on a terminal, plain or JSON lines elsewhere."""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from reconciler.cli.amount import amount
from reconciler.cli.session import Session
from reconciler.engines.protocol import OnProgress, Progress, silent
from reconciler.obligations.actions import Action
from reconciler.obligations.parts import parts_of
from reconciler.plan.plan import PlannedAction
from reconciler.units.instants import format_instant
from reconciler.views.plan_text import target_of

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


def label(action: Action) -> str:
    """``backup etc → local``, ``copy etc: local → nas``, ``prune nas``: as the plan names it."""
    return f"{action.verb} {target_of(PlannedAction(action))}"


class LineBoard:
    """A line when an action ends; with ``as_json`` also when it starts, both as JSON objects."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._door = threading.Lock()

    def start(self, action: Action) -> OnProgress:
        if self._as_json:
            self._write({"event": "started"}, action)
        return silent

    def end(self, action: Action, line: str, succeeded: bool) -> None:
        if self._as_json:
            self._write({"event": "ended", "succeeded": succeeded, "message": line}, action)
        else:
            self._say(f"{'done' if succeeded else 'FAILED'}  {label(action)}: {line}")

    def _write(self, found: dict[str, object], action: Action) -> None:
        asset, repository, origin, backups = parts_of(action)
        about = {"action": action.verb.value, "asset": asset, "repository": repository, "origin": origin}
        now = format_instant(datetime.now(UTC))
        kept = {name: value for name, value in about.items() if value} | {"backups": len(backups)} | found
        self._say(json.dumps({"time": now, "level": "info", **kept}, ensure_ascii=False))

    def _say(self, line: str) -> None:
        with self._door:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()


class BarBoard:
    """A bar for each running backup or copy: bytes, files, time left; a line for each that ended."""

    def __init__(self, session: Session) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._console = Console(stderr=True, highlight=False, no_color=session.plain)
        self._bars: Bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[amount]}", markup=False),
            console=self._console,
            transient=True,
        )
        self._tasks: dict[int, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def start(self, action: Action) -> OnProgress:
        task = self._bars.add_task(label(action), total=None, amount="")
        self._tasks[id(action)] = task

        def move(progress: Progress) -> None:
            total = progress.bytes_total or None
            self._bars.update(task, completed=progress.bytes_done, total=total, amount=amount(progress))

        return move

    def end(self, action: Action, line: str, succeeded: bool) -> None:
        task = self._tasks.pop(id(action), None)
        if task is not None:
            self._bars.remove_task(task)
        sign, style = ("✓", "green") if succeeded else ("✗", "red")
        self._console.print(f"{sign} {label(action)}: {line}", style=None if succeeded else style, markup=False)
