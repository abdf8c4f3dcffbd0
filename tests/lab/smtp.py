"""A real SMTP server on loopback that keeps what it is given, or refuses it."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.lab.ports import free_port


@dataclass(frozen=True, slots=True)
class Mail:
    """One delivered message with the addresses of its envelope."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage


@dataclass(slots=True)
class SmtpServer:
    """Where to send to and what has come; set `refuses` to have every message turned away."""

    host: str
    port: int
    mails: list[Mail] = field(default_factory=list)
    refuses: bool = False


class _Handler:
    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def handle_DATA(self, smtp: SMTP, session: Session, envelope: Envelope) -> str:
        if self._server.refuses:
            return "554 5.7.1 the lab refuses this message"
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        parsed = email.message_from_bytes(raw, policy=email.policy.default)
        self._server.mails.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), parsed))
        return "250 accepted"


@contextmanager
def running_smtp() -> Iterator[SmtpServer]:
    """Accept mail until the block ends."""
    server = SmtpServer("127.0.0.1", free_port())
    controller = Controller(_Handler(server), hostname=server.host, port=server.port, ready_timeout=120)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
