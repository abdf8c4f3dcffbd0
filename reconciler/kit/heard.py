"""What a running program says on its two streams: whole lines passed on, the last of them kept, progress dated."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from typing import Literal

from reconciler.errors import EngineFailed
from reconciler.kit.lines import LineSplitter

Stream = Literal["stdout", "stderr"]
STREAMS: tuple[Stream, ...] = ("stdout", "stderr")
OnLine = Callable[[Stream, bytes], bool]

CHUNK = 1 << 18
_MEBIBYTE = 1 << 20


class Heard:
    """``on_line`` says of each line whether it means progress; with ``collect`` the whole standard output is
    kept, at most so many bytes, instead of being read line by line."""

    def __init__(self, program: str, on_line: OnLine, collect: int | None, kept_lines: int) -> None:
        self._program = program
        self._on_line = on_line
        self._collect = collect
        self._collected = bytearray()
        self._splitters: dict[Stream, LineSplitter] = {stream: LineSplitter() for stream in STREAMS}
        self._last: dict[Stream, deque[bytes]] = {stream: deque(maxlen=kept_lines) for stream in STREAMS}
        self.progress_at = time.monotonic()

    @property
    def output(self) -> bytes:
        """All of standard output, where that was asked for."""
        return bytes(self._collected)

    def last(self, stream: Stream) -> tuple[str, ...]:
        """The last lines of a stream."""
        return tuple(line.decode("utf-8", "replace") for line in self._last[stream])

    def feed(self, stream: Stream, chunk: bytes) -> None:
        """Take what was read. Raises EngineFailed when the whole answer grows too long."""
        if stream == "stderr" or self._collect is None:
            self._take(stream, self._splitters[stream].feed(chunk))
            return
        self._collected += chunk
        self.progress_at = time.monotonic()
        if len(self._collected) > self._collect:
            raise EngineFailed(f"{self._program} answered with more than {self._collect // _MEBIBYTE} MiB")

    def finish(self) -> None:
        """Nothing more comes: last lines without an end are lines too."""
        for stream in STREAMS:
            self._take(stream, self._splitters[stream].rest())

    def _take(self, stream: Stream, lines: list[bytes]) -> None:
        for line in lines:
            self._last[stream].append(line)
            if self._on_line(stream, line):
                self.progress_at = time.monotonic()


class Followed:
    """The files to which a program appends its streams instead of into pipes, read as they grow."""

    def __init__(self, stdout: int, stderr: int) -> None:
        self._files: dict[Stream, int] = {"stdout": stdout, "stderr": stderr}
        self._read: dict[Stream, int] = {stream: os.fstat(file).st_size for stream, file in self._files.items()}

    def pass_on(self, heard: Heard) -> None:
        """Give on what was written since the last time."""
        for stream, descriptor in self._files.items():
            while chunk := os.pread(descriptor, CHUNK, self._read[stream]):
                self._read[stream] += len(chunk)
                heard.feed(stream, chunk)
