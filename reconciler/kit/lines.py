"""Lines out of chunks of bytes, whatever a program writes."""

from __future__ import annotations

LONGEST = 1 << 20


class LineSplitter:
    """Gives whole lines without their end; a line of more than 1 MiB is cut, its remainder dropped."""

    def __init__(self) -> None:
        self._begun = bytearray()
        self._dropping = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that end in this chunk."""
        *ended, begun = chunk.split(b"\n")
        lines = []
        for part in ended:
            if not self._dropping:
                lines.append(bytes(self._begun + part)[:LONGEST].rstrip(b"\r"))
            self._dropping = False
            self._begun.clear()
        self._begin(begun)
        if len(self._begun) >= LONGEST:
            lines.append(bytes(self._begun[:LONGEST]))
            self._begun.clear()
            self._dropping = True
        return lines

    def rest(self) -> list[bytes]:
        """The last line, when it has no end."""
        rest, self._begun = bytes(self._begun), bytearray()
        return [rest] if rest and not self._dropping else []

    def _begin(self, part: bytes) -> None:
        if not self._dropping:
            self._begun += part
