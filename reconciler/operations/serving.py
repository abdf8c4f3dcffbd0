"""Metrics and health of the running loop, on the address that the host settings name."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CollectorRegistry, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from reconciler.errors import SettingsError
from reconciler.kit.clock import Clock
from reconciler.operations.passing import PassResult
from reconciler.units.instants import format_instant
from reconciler.views.metrics import Scene, metrics_of

PATIENCE = timedelta(minutes=15)
"""A loop whose newest completed pass is older than this (or three polls) is unhealthy, unless one is running."""
DEADLINE = 10.0
"""Seconds for a whole request: who drips bytes is let go like who sends none."""
_POLL = 0.1
"""Seconds after which the end of the loop is noticed."""
_TOGETHER = 16
_LONGEST_LINE = 4096

Page = Callable[[], tuple[int, str, bytes]]


@dataclass(slots=True)
class Stage:
    """The scene between passes, shared with the server's threads."""

    clock: Clock
    interval: timedelta
    scene: Scene = field(default_factory=Scene)
    running_since: datetime | None = None
    door: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """A pass begins."""
        with self.door:
            self.running_since = self.clock.now()

    def end(self, result: PassResult | None, undelivered: int = 0) -> None:
        """A pass ended; without a result it could not run at all, and what is shown is the one before."""
        now = self.clock.now()
        with self.door:
            began, self.running_since = self.running_since, None
            if result is None:
                return
            actions = self.scene.actions.copy()
            actions.update((f.action.verb.value, "failed" if f.error else "succeeded") for f in result.done)
            seconds = (now - began).total_seconds() if began else 0.0
            self.scene = Scene(result.plan, result.policy, result.observed, now, seconds, actions, undelivered)

    def healthy(self) -> tuple[bool, dict[str, object]]:
        """Whether the loop lives, and what to say of it."""
        now = self.clock.now()
        with self.door:
            scene, running = self.scene, self.running_since
        limit = max(3 * self.interval, PATIENCE)
        fresh = scene.completed_at is not None and now - scene.completed_at < limit
        alive = fresh or running is not None
        said: dict[str, object] = {
            "status": "ok" if alive else "stalled",
            "lastPass": format_instant(scene.completed_at) if scene.completed_at else None,
            "running": running is not None,
            "revision": scene.plan.revision if scene.plan else None,
        }
        return alive, said

    def pages(self) -> Mapping[str, Page]:
        """What is served: path → status, content type, content."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collector(self))

        def health() -> tuple[int, str, bytes]:
            alive, said = self.healthy()
            return (200 if alive else 503), "application/json", json.dumps(said).encode() + b"\n"

        return {"/metrics": lambda: (200, CONTENT_TYPE_LATEST, generate_latest(registry)), "/healthz": health}


class _Collector(Collector):
    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    @override
    def collect(self) -> Iterator[Metric]:
        with self._stage.door:
            scene = self._stage.scene
        return metrics_of(scene, self._stage.clock.now())


class _Server(ThreadingHTTPServer):
    """A few requests at a time, each of them with an end."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = _TOGETHER

    def __init__(self, host: str, port: int, pages: Mapping[str, Page]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.pages = pages
        self._free = threading.BoundedSemaphore(_TOGETHER)
        super().__init__((host, port), _Handler)

    @override
    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        if isinstance(request, socket.socket) and self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    @override
    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        connection = request if isinstance(request, socket.socket) else request[1]
        timer = threading.Timer(DEADLINE, _hang_up, (connection,))
        timer.daemon = True
        timer.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            timer.cancel()
            self._free.release()

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no event."""


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """GET /metrics and /healthz, nothing else."""

    server: _Server
    timeout = DEADLINE
    server_version = "reconciler"
    sys_version = ""
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path.partition("?")[0])
        if len(self.requestline) > _LONGEST_LINE:
            self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
        elif page is None:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"there are /metrics and /healthz\n")
        else:
            self._answer(*page())

    @override
    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Plain and short; a method that there is no page for is not allowed."""
        if code == HTTPStatus.NOT_IMPLEMENTED:
            self._answer(HTTPStatus.METHOD_NOT_ALLOWED, "text/plain", b"only GET\n")
        else:
            self._answer(code, "text/plain", f"{code}\n".encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Scrapes are no events."""


@contextmanager
def serving(listen: tuple[str, int], stage: Stage) -> Iterator[str]:
    """Serve for the block; gives the address. Raises SettingsError when it cannot be had."""
    host, port = listen
    shown = f"[{host}]" if ":" in host else host
    try:
        server = _Server(host, port, stage.pages())
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {shown}:{port} ({error.strerror or error})", remedy="set another address as listen"
        ) from None
    thread = threading.Thread(target=server.serve_forever, args=(_POLL,), name="metrics", daemon=True)
    thread.start()
    try:
        yield f"http://{shown}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
