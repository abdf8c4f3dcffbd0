"""Webhooks and the heartbeat: to the named place only, over verified TLS, and the address stays a secret."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from reconciler.errors import NotifyFailed
from reconciler.notify import web
from reconciler.notify.web import call, json_body, slack_body
from tests.lab.certificates import Certificates, make_certificates
from tests.lab.ports import free_port
from tests.lab.webhook import WebhookServer, running_webhook

NAMED = "the webhook in env:HOOK"
CANARY = "canary-T00000000-hook"


class _Answer(BaseHTTPRequestHandler):
    target = ""

    def do_GET(self) -> None:
        self.send_response(307 if self.target else 200)
        if self.target:
            self.send_header("Location", self.target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


class _Quiet(HTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not trust the certificate hangs up."""


@contextmanager
def server(*, target: str = "", certificates: Certificates | None = None) -> Iterator[int]:
    """Answers 200, or sends elsewhere; over TLS with certificates."""
    listener = _Quiet(("127.0.0.1", 0), type("Answer", (_Answer,), {"target": target}))
    if certificates:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates.certificate, certificates.key)
        listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield listener.server_port
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def refused(url: str, body: bytes | None = b"{}") -> str:
    """How it fails, which must not hold the address."""
    with pytest.raises(NotifyFailed) as caught:
        call(url, NAMED, body)
    said = str(caught.value)
    assert CANARY not in said
    assert said.startswith(NAMED)
    assert "\n" not in said
    return said


def test_a_message_is_posted_as_slack_wants_it(webhook: WebhookServer) -> None:
    call(webhook.url, NAMED, slack_body("BREACHED: <!channel> a & b"))
    [received] = webhook.received
    assert (received.method, received.headers["content-type"]) == ("POST", "application/json")
    assert json.loads(received.body) == {"text": "BREACHED: &lt;!channel&gt; a &amp; b"}


def test_the_format_for_programs() -> None:
    assert json.loads(json_body("s", [{"event": "breached"}])) == {
        "apiVersion": "backup/v1",
        "kind": "Alert",
        "subject": "s",
        "items": [{"event": "breached"}],
    }


def test_the_heartbeat_is_a_get(webhook: WebhookServer) -> None:
    call(webhook.url, "the heartbeat")
    assert [(one.method, one.body) for one in webhook.received] == [("GET", b"")]


@pytest.mark.parametrize("status", [400, 403, 404, 410, 429, 500, 503])
def test_anything_but_success_is_a_failure(webhook: WebhookServer, status: int) -> None:
    webhook.status = status
    assert f"answered {status}" in refused(f"{webhook.url}/{CANARY}")


@pytest.mark.parametrize("body", [b"{}", None])
def test_a_redirect_is_not_followed(webhook: WebhookServer, body: bytes | None) -> None:
    with server(target=webhook.url) as port:
        assert "answered 307, which redirects elsewhere" in refused(f"http://127.0.0.1:{port}/{CANARY}", body)
    assert webhook.received == []


@pytest.mark.parametrize(
    "url",
    [
        f"http://hooks.example.org/{CANARY}",
        f"file:///etc/{CANARY}",
        f"ftp://127.0.0.1/{CANARY}",
        f"{CANARY}",
        "",
        f"https://[broken/{CANARY}",
        f"http://127.0.0.1 .example.org/{CANARY}",
        f"http://127.0.0.1@example.org/{CANARY}",
        f"http://localhost.example.org/{CANARY}",
    ],
)
def test_only_https_and_loopback_are_called(url: str) -> None:
    refused(url)


def test_a_path_with_a_line_break_is_no_request(webhook: WebhookServer) -> None:
    refused(f"{webhook.url}/{CANARY}\r\nX-Injected: 1")
    refused(f"{webhook.url}/{CANARY} HTTP/1.0")
    assert all("x-injected" not in one.headers for one in webhook.received)


def test_a_closed_port_is_told() -> None:
    assert "Connection refused" in refused(f"http://127.0.0.1:{free_port()}/{CANARY}")


def test_a_certificate_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificates = make_certificates(tmp_path)
    with server(certificates=certificates) as port:
        assert "its certificate is not valid" in refused(f"https://localhost:{port}/{CANARY}")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
        call(f"https://localhost:{port}/{CANARY}", NAMED, b"{}")


def test_a_silent_server_is_left_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "did not answer in time" in refused(f"http://127.0.0.1:{silent.getsockname()[1]}/{CANARY}")


def test_a_server_that_talks_nonsense_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as odd:

        def talk() -> None:
            connection = odd.accept()[0]
            connection.recv(4096)
            connection.sendall(b"\x00\xff nonsense\r\n\r\n")
            connection.close()

        threading.Thread(target=talk, daemon=True).start()
        assert "BadStatusLine" in refused(f"http://127.0.0.1:{odd.getsockname()[1]}/{CANARY}")


def test_proxies_of_the_environment_do_not_see_it(webhook: WebhookServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_webhook() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        call(webhook.url, NAMED, b"{}")
        assert proxy.received == []
