"""How far a first run is: so many of its first backups, so much of what they read, about so long to go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from reconciler.engines.protocol import OnProgress, Progress
from reconciler.execution.board import Board
from reconciler.obligations.actions import Action, BackUp, Key, key
from reconciler.plan.estimate import Estimate
from reconciler.units.sizes import show_size
from reconciler.views.plan_text import estimate_line
from reconciler.views.plurals import counted
from reconciler.views.times import show_span

_OFTEN = 15.0
"""Seconds between two lines at least: a quick run is no flood."""


class FirstRun:
    """A board around another one. Says the estimate at the beginning, and how far it is when first backups end."""

    def __init__(self, board: Board, say: Callable[[str], None], monotonic: Callable[[], float]) -> None:
        self._board, self._say, self._monotonic = board, say, monotonic
        self._door = threading.Lock()
        self._estimate: Estimate | None = None
        self._began = self._said = 0.0
        self._ended = 0
        self._read: dict[Key, int] = {}

    def expect(self, found: Estimate | None) -> None:
        """What is ahead; nothing is said when there is no first backup."""
        self._estimate, self._began = found, self._monotonic()
        self._said = self._began
        if found:
            self._say(estimate_line(found))

    def start(self, action: Action) -> OnProgress:
        move = self._board.start(action)
        if not self._counts(action):
            return move

        def moved(progress: Progress) -> None:
            with self._door:
                self._read[key(action)] = progress.bytes_done
            move(progress)

        return moved

    def end(self, action: Action, line: str, succeeded: bool) -> None:
        self._board.end(action, line, succeeded)
        if not self._counts(action):
            return
        with self._door:
            self._ended += 1
            now = self._monotonic()
            if self._estimate and self._ended < self._estimate.backups and now - self._said >= _OFTEN:
                self._said = now
                self._say(how_far(self._estimate, self._ended, sum(self._read.values()), now - self._began))

    def _counts(self, action: Action) -> bool:
        return self._estimate is not None and isinstance(action, BackUp) and action.initial


def how_far(found: Estimate, ended: int, read: int, seconds: float) -> str:
    """``12 of 50 first backups, 3.1 GiB of about 20.0 GiB, about 6m left``: the speed is that of this very run."""
    about = "about" if found.whole and not found.unknown else "at least"
    line = f"{ended} of {counted(found.backups, 'first backup')}, {show_size(read)} of {about} {show_size(found.size)}"
    left = found.size - read
    if read <= 0 or left <= 0:
        return line
    return f"{line}, {about} {show_span(timedelta(seconds=seconds * left / read))} left"
