"""A real mail server with TLS and a login, on loopback; it refuses the address nobody@example.org."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.lab.certificates import Certificates
from tests.lab.ports import free_port


@dataclass(slots=True)
class PostOffice:
    """Its port, the recipients of each mail that it took, the passwords that it was shown."""

    port: int
    password: str
    taken: list[tuple[str, ...]] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)


class _Handler:
    def __init__(self, office: PostOffice) -> None:
        self._office = office

    async def handle_RCPT(
        self, _smtp: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address == "nobody@example.org":
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _smtp: SMTP, _session: Session, envelope: Envelope) -> str:
        self._office.taken.append(tuple(envelope.rcpt_tos))
        return "250 accepted"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object
    ) -> AuthResult:
        shown = given.password.decode() if isinstance(given, LoginPassword) else ""
        self._office.passwords.append(shown)
        return AuthResult(success=shown == self._office.password, handled=False)


@contextmanager
def post_office(certificates: Certificates, password: str, *, implicit: bool = False) -> Iterator[PostOffice]:
    """Take mail over STARTTLS, or over TLS from the first byte if ``implicit``, until the block ends."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates.certificate, certificates.key)
    office = PostOffice(free_port(), password)
    handler = _Handler(office)
    controller = Controller(
        handler,
        hostname="127.0.0.1",
        port=office.port,
        authenticator=handler.authenticate,
        auth_require_tls=not implicit,
        ssl_context=context if implicit else None,
        tls_context=None if implicit else context,
        require_starttls=not implicit,
    )
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
