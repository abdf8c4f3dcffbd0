"""Mail through one SMTP server: verified TLS, in clear on loopback only."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid

from reconciler.errors import NotifyFailed
from reconciler.kit.secrets import Secret
from reconciler.policy.models.location import LOOPBACK
from reconciler.policy.models.people import SmtpProvider

TIMEOUT = 10.0
"""Seconds that each answer of the server may take."""


def send_mail(
    provider: SmtpProvider, password: Secret | None, recipients: tuple[str, ...], subject: str, text: str
) -> str:
    """Gives a remark when only some were reached, else nothing. Raises NotifyFailed, which holds no secret."""
    if provider.tls == "none" and provider.host not in LOOPBACK:
        raise NotifyFailed(f"mail to {provider.host} would go in clear", remedy="set tls to starttls or implicit")
    if not recipients:
        raise NotifyFailed("no contact of this alert has an e-mail address", remedy="name contacts with one in `to`")
    try:
        refused = _deliver(provider, password, _message(provider.sender, recipients, subject, text))
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise NotifyFailed(
            f"{provider.host}:{provider.port} did not take the mail ({_why(error)})", remedy="look at that server's log"
        ) from None
    return f"{provider.host} did not take it for {', '.join(sorted(refused))}" if refused else ""


def _message(sender: str, recipients: tuple[str, ...], subject: str, text: str) -> EmailMessage:
    """A header that holds a line break raises ValueError: nobody can add one of their own."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = sender, ", ".join(recipients)
    message["Subject"], message["Date"] = subject, formatdate()
    message["Message-ID"] = make_msgid(domain=sender.partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _deliver(provider: SmtpProvider, password: Secret | None, message: EmailMessage) -> list[str]:
    """Gives the addresses that were refused while others were taken."""
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
        return list(server.send_message(message))


def _why(error: OSError | smtplib.SMTPException | ValueError) -> str:
    """What went wrong without the server's own words, which may repeat what it was sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"it refused the user or the password, {error.smtp_code}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answered {error.smtp_code}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "it refused every address, " + " ".join(sorted({str(code) for code, _ in error.recipients.values()}))
    if isinstance(error, TimeoutError | smtplib.SMTPServerDisconnected):
        return "it did not answer in time, or hung up"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "it offers no STARTTLS, or no login"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
