"""Mail through one SMTP server; without TLS on loopback only."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from reconciler.errors import NotifyFailed
from reconciler.kit.secrets import Secret
from reconciler.policy.models.location import LOOPBACK
from reconciler.policy.models.people import SmtpProvider

TIMEOUT = 10.0


def send_mail(
    provider: SmtpProvider, password: Secret | None, recipients: tuple[str, ...], subject: str, text: str
) -> None:
    """Raises NotifyFailed in one line that holds no secret."""
    if provider.tls == "none" and provider.host not in LOOPBACK:
        raise NotifyFailed(f"mail to {provider.host} would go in clear", remedy="set tls to starttls or implicit")
    if not recipients:
        raise NotifyFailed("no contact of this alert has an e-mail address", remedy="name contacts with one in `to`")
    message = EmailMessage()
    message["From"], message["To"] = provider.sender, ", ".join(recipients)
    message["Subject"], message["Date"] = subject, formatdate()
    message["Message-ID"] = make_msgid(domain=provider.sender.partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    try:
        _deliver(provider, password, message)
    except (OSError, smtplib.SMTPException) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise NotifyFailed(
            f"{provider.host}:{provider.port} did not take the mail ({why})", remedy="see its log"
        ) from None


def _deliver(provider: SmtpProvider, password: Secret | None, message: EmailMessage) -> None:
    context = ssl.create_default_context()
    if provider.tls == "implicit":
        server: smtplib.SMTP = smtplib.SMTP_SSL(provider.host, provider.port, timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(provider.host, provider.port, timeout=TIMEOUT)
    with server:
        if provider.tls == "starttls":
            server.starttls(context=context)
        if provider.user and password:
            server.login(provider.user, password.reveal())
        refused = server.send_message(message)
    if refused:
        raise smtplib.SMTPRecipientsRefused(refused)
