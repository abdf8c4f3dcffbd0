"""Notices that a SQLite file has changed, by whomever, without reading it."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

Version = tuple[int, int, int]
"""The file's device and number, and SQLite's count of what others committed to it."""
_GONE = (0, 0)


class Witness:
    """A connection of its own that never writes: its ``data_version`` counts every commit of all others.

    Source: https://sqlite.org/pragma.html#pragma_data_version. A file that was put in the place of the old one
    has another number.
    """

    def __init__(self, path: Path, patience: float) -> None:
        self._path = path
        self._patience = patience
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._file = _GONE

    def version(self) -> Version:
        """Equal to an earlier one only if nothing was committed in between. Raises sqlite3.Error."""
        with self._lock:
            file = self._identity()
            if self._connection is None or file not in (self._file, _GONE):
                self._close()
                self._connection = sqlite3.connect(
                    self._path, timeout=self._patience, isolation_level=None, check_same_thread=False
                )
                self._file = file
            (count,) = self._connection.execute("PRAGMA data_version").fetchone()
            return (*file, int(count))

    def _identity(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return _GONE
        return found.st_dev, found.st_ino

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
