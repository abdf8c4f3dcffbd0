"""Free ports on loopback."""

from __future__ import annotations

import random
import socket

# Below the kernel's ephemeral range, so that no outgoing connection takes the port before a server does.
# Not the seeded generator: pytest-randomly seeds it alike in every worker, and all would pick the same ports.
_LOWEST, _HIGHEST = 15_000, 32_000
_CHOICE = random.SystemRandom()


def free_port() -> int:
    """Return a TCP port on 127.0.0.1 that nobody listens on."""
    for _ in range(100):
        port = _CHOICE.randrange(_LOWEST, _HIGHEST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port on 127.0.0.1 after 100 tries")
