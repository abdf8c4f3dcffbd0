"""Metrics and health of the running loop, on the address that the host settings name."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CollectorRegistry, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from reconciler.errors import SettingsError
from reconciler.kit.clock import Clock
from reconciler.operations.desk import Desk
from reconciler.operations.passing import PassResult
from reconciler.operations.places import in_force
from reconciler.units.instants import format_instant
from reconciler.views.metrics import Scene, metrics_of

PATIENCE = timedelta(minutes=15)
"""A loop whose newest completed pass is older than this (or three polls) is unhealthy, unless one is running."""


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

    def end(self, desk: Desk, result: PassResult | None) -> None:
        """A pass ended; without a result it could not run at all."""
        now = desk.clock.now()
        with self.door:
            began, self.running_since = self.running_since, None
        if result is None:
            return
        policy = in_force(desk, result.state.policy) if result.state.policy else None
        observed = desk.catalog.facts(policy, now) if policy else self.scene.observed
        undelivered = sum(1 for sent in desk.catalog.alerted().values() if not sent.delivered)
        with self.door:
            actions = self.scene.actions.copy()
            actions.update((f.action.verb.value, "failed" if f.error else "succeeded") for f in result.done)
            seconds = (now - began).total_seconds() if began else 0.0
            self.scene = Scene(result.plan, policy, observed, now, seconds, actions, undelivered)

    def healthy(self) -> tuple[bool, dict[str, object]]:
        """Whether the loop lives, and what to say of it."""
        now = self.clock.now()
        with self.door:
            scene, running = self.scene, self.running_since
        limit = max(3 * self.interval, PATIENCE)
        fresh = scene.completed_at is not None and now - scene.completed_at < limit
        said: dict[str, object] = {
            "status": "ok" if fresh or running else "stalled",
            "lastPass": format_instant(scene.completed_at) if scene.completed_at else None,
            "running": running is not None,
            "revision": scene.plan.revision if scene.plan else None,
        }
        return fresh or running is not None, said


class _Collector(Collector):
    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    @override
    def collect(self) -> Iterator[Metric]:
        with self._stage.door:
            scene = self._stage.scene
        return metrics_of(scene, self._stage.clock.now())


class _Handler(BaseHTTPRequestHandler):
    """GET /metrics and /healthz, nothing else; a slow client is let go after ten seconds."""

    timeout = 10
    server_version = "reconciler"
    sys_version = ""
    protocol_version = "HTTP/1.0"
    pages: ClassVar[dict[str, Callable[[], tuple[int, str, bytes]]]] = {}

    def do_GET(self) -> None:
        page = self.pages.get(self.path.split("?")[0])
        status, kind, body = page() if page else (404, "text/plain", b"there are /metrics and /healthz\n")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Scrapes are no events."""


@contextmanager
def serving(settings_listen: tuple[str, int], stage: Stage) -> Iterator[str]:
    """Serve for the block; gives the address. Raises SettingsError when it cannot be had."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(stage))

    def health() -> tuple[int, str, bytes]:
        alive, said = stage.healthy()
        return (200 if alive else 503), "application/json", json.dumps(said).encode() + b"\n"

    pages = {"/metrics": lambda: (200, CONTENT_TYPE_LATEST, generate_latest(registry)), "/healthz": health}
    handler = type("Handler", (_Handler,), {"pages": pages})
    host, port = settings_listen
    try:
        server = ThreadingHTTPServer((host, port), handler)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {host}:{port} ({error.strerror})", remedy="set another address as listen"
        ) from None
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
