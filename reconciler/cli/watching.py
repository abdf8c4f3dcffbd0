"""The board that fits who is watching."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.cli.board import BarBoard, LineBoard
from reconciler.cli.session import Session
from reconciler.execution.board import Board


@contextmanager
def board_for(session: Session) -> Iterator[Board]:
    """Bars on a terminal, JSON lines with ``--log json``, plain lines otherwise."""
    if session.terminal:
        with BarBoard(session) as bars:
            yield bars
    else:
        yield LineBoard(as_json=session.log == "json")
