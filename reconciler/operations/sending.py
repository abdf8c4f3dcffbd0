"""Alerts on their way: decided, rendered, addressed, handed to the providers that the policy names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from reconciler.errors import NotifyFailed
from reconciler.kit.secrets import read_secret
from reconciler.notify.mail import send_mail
from reconciler.notify.web import call, json_body, slack_body
from reconciler.observed.entries import Notified
from reconciler.observed.messages import Alerted
from reconciler.operations.delivery import Delivery, Send, deliver
from reconciler.plan.alerting import CLOSED, News, Situation, Told, recipients, told_by
from reconciler.policy.models.people import AlertSpec, SmtpProvider, WebhookProvider
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.views.alerts import Message, Sender, message_of
from reconciler.views.sentences import Reader

SentByAlert = Mapping[str, Mapping[str, Alerted]]


@dataclass(frozen=True, slots=True)
class Speaker:
    """On which host, and where its secrets are read from."""

    host: str
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Spoken:
    """The messages to write down, and what became of the other deliveries."""

    messages: tuple[Notified, ...] = ()
    others: tuple[tuple[str, Delivery], ...] = ()


def speak(
    speaker: Speaker, sent: SentByAlert, situation: Situation, others: Mapping[str, Send] | None = None
) -> Spoken:
    """Send what each alert has to say, side by side with ``others``; never raises for what a receiver does."""
    alerts, more = situation.policy.alerts, dict(others or {})
    told = {name: told_by(alert, sent.get(name, {}), situation) for name, alert in alerts.items()}
    sends = {
        f"alert {name}": partial(_send, speaker, alerts[name], one.news, situation)
        for name, one in told.items()
        if one.news
    }
    found = deliver(more | sends) if more or sends else {}
    messages = [entry for name, one in told.items() for entry in _written(name, one, found.get(f"alert {name}"))]
    if not situation.partial:
        # An alert that left the policy has nothing to tell any more.
        gone = ((name, key) for name, rows in sent.items() if name not in alerts for key in rows)
        messages += [Notified(alert=name, key=key, event=CLOSED, delivered=True) for name, key in gone]
    return Spoken(tuple(messages), tuple((name, found[name]) for name in more))


def _written(name: str, told: Told, delivery: Delivery | None) -> list[Notified]:
    found = [Notified(alert=name, key=key, event=CLOSED, delivered=True) for key in told.closed]
    if delivery is not None:
        found += [
            Notified(
                alert=name,
                key=one.trouble.key,
                event=one.trouble.event,
                delivered=delivery.delivered,
                error=delivery.error,
            )
            for one in told.news
        ]
    return found


def _send(speaker: Speaker, alert: AlertSpec, news: tuple[News, ...], situation: Situation) -> str:
    policy = situation.policy
    names = recipients(alert, news, policy.contacts, situation.now)
    calls = tuple(_described(policy, name) for name in names if name not in alert.to)
    reader = Reader(situation.now, ZoneInfo(policy.settings.time_zone))
    message = message_of(news, Sender(speaker.host, policy.name, calls), reader)
    if alert.provider.smtp:
        return _mail(alert.provider.smtp, message, _addresses(policy, names), speaker.environment)
    if alert.provider.webhook:
        return _post(alert.provider.webhook, message, speaker.environment)
    raise NotifyFailed(f"an alert of policy {policy.name} names no provider")


def _mail(provider: SmtpProvider, message: Message, addresses: tuple[str, ...], secrets: Mapping[str, str]) -> str:
    password = read_secret(provider.password_from, secrets) if provider.password_from else None
    return send_mail(provider, password, addresses, message.subject, message.text)


def _post(provider: WebhookProvider, message: Message, secrets: Mapping[str, str]) -> str:
    body = slack_body(message.text) if provider.format == "slack" else json_body(message.subject, message.items)
    call(read_secret(provider.url_from, secrets).reveal(), f"the webhook in {provider.url_from.described}", body)
    return ""


def _addresses(policy: ResolvedPolicy, names: list[str]) -> tuple[str, ...]:
    contacts = (policy.contacts.get(name) for name in names)
    return tuple(dict.fromkeys(contact.email for contact in contacts if contact and contact.email))


def _described(policy: ResolvedPolicy, name: str) -> str:
    contact = policy.contacts.get(name)
    return f"{name} ({contact.phone})" if contact and contact.phone else name
