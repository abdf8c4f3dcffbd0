"""POSTs to a webhook and GETs of the heartbeat: verified TLS, no redirects, clear text to loopback only."""

from __future__ import annotations

import json
import ssl
from collections.abc import Sequence
from email.message import Message
from http.client import HTTPException
from typing import IO, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from typing_extensions import override

from reconciler.errors import NotifyFailed
from reconciler.policy.models.location import LOOPBACK

TIMEOUT = 10.0
"""Seconds that each answer of the server may take."""


class _NoRedirects(HTTPRedirectHandler):
    """A redirect would carry the message to a place that nobody approved."""

    @override
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> NoReturn:
        raise HTTPError(req.full_url, code, "it redirects elsewhere", headers, fp)


def slack_body(text: str) -> bytes:
    """Slack's format; its three special characters are escaped, so that no text can call a whole channel."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return json.dumps({"text": safe}).encode()


def json_body(subject: str, items: Sequence[dict[str, object]]) -> bytes:
    """For programs."""
    return json.dumps({"apiVersion": "backup/v1", "kind": "Alert", "subject": subject, "items": list(items)}).encode()


def call(url: str, named: str, body: bytes | None = None) -> None:
    """POST the body, or GET without one. ``named`` stands for the address, which is a secret, in errors.

    Raises NotifyFailed for anything but a success.
    """
    try:
        _call(url, named, body)
    except HTTPError as error:
        error.close()
        moved = ", which redirects elsewhere" if 300 <= error.code < 400 else ""
        raise NotifyFailed(f"{named} answered {error.code}{moved}", remedy="look at the receiver") from None
    except (URLError, OSError, HTTPException, ValueError) as error:
        raise NotifyFailed(f"{named} cannot be reached ({_why(error)})", remedy="look at the network") from None


def _call(url: str, named: str, body: bytes | None) -> None:
    place = urlsplit(url)
    if place.scheme != "https" and not (place.scheme == "http" and place.hostname in LOOPBACK):
        raise NotifyFailed(f"{named} is no https address", remedy="use https; plain http only to loopback")
    headers = {"User-Agent": "backup-reconciler"} | ({"Content-Type": "application/json"} if body else {})
    request = Request(url, data=body, headers=headers)
    opener = build_opener(ProxyHandler({}), _NoRedirects(), HTTPSHandler(context=ssl.create_default_context()))
    with opener.open(request, timeout=TIMEOUT) as answer:
        answer.read(1024)


def _why(error: Exception) -> str:
    """What went wrong without the address, which the library's own words may hold."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {cause.verify_message}"
    if isinstance(cause, TimeoutError):
        return "it did not answer in time"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return type(cause).__name__
