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


class _NoRedirects(HTTPRedirectHandler):
    """A redirect would carry the message to a place that nobody approved."""

    @override
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> NoReturn:
        raise HTTPError(req.full_url, code, "it redirects elsewhere", headers, fp)


def slack_body(text: str) -> bytes:
    """Slack's format; its three special characters are escaped."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return json.dumps({"text": safe}, ensure_ascii=False).encode()


def json_body(subject: str, items: Sequence[dict[str, object]]) -> bytes:
    """For programs."""
    found = {"apiVersion": "backup/v1", "kind": "Alert", "subject": subject, "items": list(items)}
    return json.dumps(found, ensure_ascii=False).encode()


def call(url: str, named: str, body: bytes | None = None) -> None:
    """POST the body, or GET without one. ``named`` stands for the address, which is a secret, in errors.

    Raises NotifyFailed for anything but a success.
    """
    place = urlsplit(url)
    if place.scheme != "https" and not (place.scheme == "http" and place.hostname in LOOPBACK):
        raise NotifyFailed(f"{named} is no https address", remedy="use https; plain http only to loopback")
    headers = {"User-Agent": "backup-reconciler"} | ({"Content-Type": "application/json"} if body else {})
    request = Request(url, data=body, headers=headers)
    opener = build_opener(ProxyHandler({}), _NoRedirects(), HTTPSHandler(context=ssl.create_default_context()))
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            answer.read(1024)
    except HTTPError as error:
        error.close()
        raise NotifyFailed(f"{named} answered {error.code}", remedy="look at the receiver") from None
    except (URLError, OSError, HTTPException, ValueError) as error:
        raise NotifyFailed(
            f"{named} cannot be reached ({type(error).__name__})", remedy="look at the network"
        ) from None
