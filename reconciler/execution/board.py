"""Where progress is shown: the runner tells a board, the terminal or the log decides what to do with it."""

from __future__ import annotations

from typing import Protocol

from reconciler.engines.protocol import OnProgress, silent
from reconciler.obligations.actions import Action


class Board(Protocol):
    """Told when an action starts, moves and ends; called from several threads."""

    def start(self, action: Action) -> OnProgress:
        """The action starts; what is returned is called with its progress."""
        ...

    def end(self, action: Action, line: str, succeeded: bool) -> None:
        """The action ended; ``line`` says how."""
        ...


class QuietBoard:
    """Nobody is watching."""

    def start(self, _action: Action) -> OnProgress:
        return silent

    def end(self, _action: Action, _line: str, _succeeded: bool) -> None:
        return None
