"""Mail to a real server: it arrives whole, over a line that nobody reads, and its failures give nothing away."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from reconciler.errors import NotifyFailed
from reconciler.kit.secrets import Secret
from reconciler.notify import mail
from reconciler.notify.mail import send_mail
from reconciler.policy.models.people import SmtpProvider
from tests.lab.certificates import Certificates, make_certificates
from tests.lab.ports import free_port
from tests.lab.postoffice import post_office
from tests.lab.smtp import SmtpServer

PASSWORD = "canary-5d1e-mail"
TO = ("a@example.org", "b@example.org")


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return make_certificates(tmp_path)


def provider(port: int, **fields: object) -> SmtpProvider:
    given: dict[str, object] = {"host": "127.0.0.1", "port": port, "tls": "none", "sender": "backup@example.org"}
    return SmtpProvider.model_validate(given | fields)


def test_a_mail_arrives_whole(smtp_server: SmtpServer) -> None:
    assert send_mail(provider(smtp_server.port), None, TO, "[backup] café", "first line\nsécond line …\n") == ""
    [taken] = smtp_server.mails
    assert (taken.sender, taken.recipients) == ("backup@example.org", TO)
    assert taken.message["Subject"] == "[backup] café"
    assert taken.message["To"] == "a@example.org, b@example.org"
    assert taken.message["Auto-Submitted"] == "auto-generated"
    assert taken.message.get_content().replace("\r\n", "\n") == "first line\nsécond line …\n"


def test_a_server_that_refuses_is_a_failure_in_one_line(smtp_server: SmtpServer) -> None:
    smtp_server.refuses = True
    with pytest.raises(NotifyFailed, match=r"127\.0\.0\.1:\d+ did not take the mail \(it answered 554\)"):
        send_mail(provider(smtp_server.port), None, TO, "s", "t")


def test_nobody_adds_a_header(smtp_server: SmtpServer) -> None:
    with pytest.raises(NotifyFailed):
        send_mail(provider(smtp_server.port), None, TO, "s\r\nBcc: everybody@example.org", "t")
    assert smtp_server.mails == []


def test_a_text_cannot_end_the_mail_and_begin_another(smtp_server: SmtpServer) -> None:
    send_mail(provider(smtp_server.port), None, TO, "s", "a\r\n.\r\nMAIL FROM:<x@example.org>\r\n")
    [taken] = smtp_server.mails
    assert "MAIL FROM" in taken.message.get_content()


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_login_goes_over_verified_tls(tls: str, certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    with post_office(certificates, PASSWORD, implicit=tls == "implicit") as office:
        send_mail(provider(office.port, tls=tls, user="backup"), Secret(PASSWORD), TO, "s", "t")
        assert (office.taken, office.passwords) == ([TO], [PASSWORD])


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_of_an_unknown_authority_gets_no_password(tls: str, certificates: Certificates) -> None:
    with post_office(certificates, PASSWORD, implicit=tls == "implicit") as office:
        with pytest.raises(NotifyFailed, match="its certificate is not valid"):
            send_mail(provider(office.port, tls=tls, user="backup"), Secret(PASSWORD), TO, "s", "t")
        assert (office.taken, office.passwords) == ([], [])


def test_a_server_without_tls_gets_no_password_and_no_mail(smtp_server: SmtpServer) -> None:
    with pytest.raises(NotifyFailed, match="offers no STARTTLS"):
        send_mail(provider(smtp_server.port, tls="starttls", user="backup"), Secret(PASSWORD), TO, "s", "t")
    assert smtp_server.mails == []


def test_a_wrong_password_is_told_without_it(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    with post_office(certificates, PASSWORD) as office, pytest.raises(NotifyFailed) as caught:
        send_mail(provider(office.port, tls="starttls", user="backup"), Secret("wrong-canary"), TO, "s", "t")
    assert "refused the user or the password, 535" in str(caught.value)
    assert "wrong-canary" not in str(caught.value)


def test_one_bad_address_does_not_keep_the_mail_from_the_others(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    with post_office(certificates, PASSWORD) as office:
        remark = send_mail(
            provider(office.port, tls="starttls"), None, ("a@example.org", "nobody@example.org"), "s", "t"
        )
        assert remark == "127.0.0.1 did not take it for nobody@example.org"
        assert office.taken == [("a@example.org",)]
        with pytest.raises(NotifyFailed, match="it refused every address, 550"):
            send_mail(provider(office.port, tls="starttls"), None, ("nobody@example.org",), "s", "t")


def test_mail_in_clear_leaves_this_host_never() -> None:
    with pytest.raises(NotifyFailed, match="would go in clear"):
        send_mail(SmtpProvider(host="mail.example.org", tls="none", sender="b@example.org"), None, TO, "s", "t")


def test_an_alert_without_addresses_says_so(smtp_server: SmtpServer) -> None:
    with pytest.raises(NotifyFailed, match="no contact of this alert has an e-mail address"):
        send_mail(provider(smtp_server.port), None, (), "s", "t")


def test_a_closed_port_is_told() -> None:
    with pytest.raises(NotifyFailed, match="Connection refused"):
        send_mail(provider(free_port()), None, TO, "s", "t")


def test_a_silent_server_is_left_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "TIMEOUT", 0.3)
    # The kernel takes the connection; nobody ever speaks.
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(NotifyFailed, match="it did not answer in time"),
    ):
        send_mail(provider(silent.getsockname()[1]), None, TO, "s", "t")
