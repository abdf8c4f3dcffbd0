"""What is gathered from restic's lines while it runs: progress, unreadable files, counts."""

from __future__ import annotations

from reconciler.engines.protocol import Contents, OnProgress
from reconciler.engines.restic import parse
from reconciler.kit.heard import Stream

_MOST_UNREADABLE = 1000


class Following:
    """Passes progress on, and remembers which paths could not be read (the first thousand)."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._unreadable: dict[str, None] = {}

    @property
    def unreadable(self) -> tuple[str, ...]:
        return tuple(self._unreadable)

    def on_line(self, stream: Stream, line: bytes) -> None:
        if stream == "stdout":
            progress = parse.progress(line)
            if progress is not None:
                self._on_progress(progress)
            return
        path = parse.unreadable(line)
        if path is not None and len(self._unreadable) < _MOST_UNREADABLE:
            self._unreadable[path] = None


class Counting:
    """Counts what the lines of ``ls`` name."""

    def __init__(self) -> None:
        self.contents = Contents(0, 0)

    def on_line(self, stream: Stream, line: bytes) -> None:
        if stream == "stdout":
            node = parse.node(line)
            if node is not None:
                self.contents = self.contents.with_entry(node.path, node.size, folder=node.type == "dir")
