"""A door before a server on loopback: while it is shut, the server is not there for whoever comes through it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

_CHUNK = 1 << 16


class Door:
    """Passes connections to ``port`` on to a server. Shut, it refuses them and ends those that go through it."""

    def __init__(self, server: int) -> None:
        self._server = server
        self._listening: socket.socket | None = None
        self._through: set[socket.socket] = set()
        self.port = 0

    def open(self) -> None:
        listening = socket.create_server(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        self._listening = listening
        threading.Thread(target=self._welcome, args=(listening,), daemon=True).start()

    def shut(self) -> None:
        if self._listening is not None:
            _end(self._listening)
        self._listening = None
        for one in tuple(self._through):
            _end(one)

    def _welcome(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                guest, _ = listening.accept()
                threading.Thread(target=self._lead, args=(guest,), daemon=True).start()

    def _lead(self, guest: socket.socket) -> None:
        with suppress(OSError), closing(guest), socket.create_connection(("127.0.0.1", self._server)) as server:
            both = {guest, server}
            self._through |= both
            back = threading.Thread(target=_carry, args=(server, guest), daemon=True)
            back.start()
            _carry(guest, server)
            back.join()
            self._through -= both


@contextmanager
def door_to(server: int) -> Iterator[Door]:
    """An open door to the server on that port, for the time of a test."""
    door = Door(server)
    door.open()
    try:
        yield door
    finally:
        door.shut()


def _carry(origin: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := origin.recv(_CHUNK):
            target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
