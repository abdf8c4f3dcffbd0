"""After each pass: who must be told what, told, and written down; and the heartbeat that outsiders listen for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from reconciler.errors import NotifyFailed, ReconcilerError
from reconciler.kit.secrets import read_secret
from reconciler.notify.mail import send_mail
from reconciler.notify.web import call, json_body, slack_body
from reconciler.observed.entries import Entry, Notified
from reconciler.observed.reason import Reason
from reconciler.operations.desk import Desk
from reconciler.operations.observing import observe
from reconciler.operations.passing import PassResult
from reconciler.operations.places import in_force
from reconciler.plan.alerting import News, Sent, Trouble, news_for, troubles_of
from reconciler.policy.models.people import AlertSpec
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.settings import Heartbeat
from reconciler.views.alerts import Message, message_of
from reconciler.views.sentences import Reader

_FIRST_SEEN = "alerts-first-seen"


def after_pass(desk: Desk, result: PassResult) -> None:
    """Alerts that this pass makes due, then the heartbeat. Nothing of it can fail the pass."""
    if result.plan and result.state.policy:
        policy = in_force(desk, result.state.policy)
        observed = observe(desk, policy, result.state.facts, desk.clock.now())
        _tell(desk, policy, troubles_of(result.plan, policy, observed))
    else:
        stored = desk.catalog.enforced()
        reason = Reason.of("policy-problem", problem=result.state.facts.problem)
        if stored:
            _tell(desk, stored[1], [Trouble("policy source", "policy", "policy source", reason)], whole=False)
    _beat(desk)


def after_trouble(desk: Desk, error: ReconcilerError) -> None:
    """A pass could not run at all: told by the policy that was last in force, if the catalog still answers."""
    try:
        stored = desk.catalog.enforced()
        if stored:
            reason = Reason.of("failing-row", failures=1, message=str(error))
            _tell(desk, stored[1], [Trouble(f"pass {error.code}", "failing", "the pass itself", reason)], whole=False)
    except ReconcilerError:
        # The catalog is the trouble; the missing heartbeat tells it.
        return


def _tell(desk: Desk, policy: ResolvedPolicy, troubles: Iterable[Trouble], *, whole: bool = True) -> None:
    """``whole``: these are all troubles there are, so what is missing among them is over."""
    now, found = desk.clock.now(), tuple(troubles)
    first_seen = _first_seen(desk, found, now) if whole else {}
    sent = _sent(desk)
    entries: list[Entry] = []
    for name, alert in policy.alerts.items():
        news = news_for(alert, found, policy, first_seen, sent.get(name, {}), now)
        news = tuple(one for one in news if whole or one.kind != "resolved")
        if news:
            entries += _send(desk, policy, name, alert, news, first_seen)
    if entries:
        desk.catalog.record(entries, now)


def _send(
    desk: Desk,
    policy: ResolvedPolicy,
    name: str,
    alert: AlertSpec,
    news: tuple[News, ...],
    since: Mapping[str, datetime],
) -> list[Notified]:
    reader = Reader(desk.clock.now(), ZoneInfo(policy.settings.time_zone))
    message = message_of(news, desk.settings.host, policy.name, reader)
    error = ""
    try:
        _deliver(desk, policy, alert, message, _recipients(policy, alert, news, since, desk.clock.now()))
    except ReconcilerError as failed:
        error = str(failed)
    return [
        Notified(alert=name, key=one.trouble.key, event=one.trouble.event, delivered=not error, error=error)
        for one in news
    ]


def _deliver(
    desk: Desk, policy: ResolvedPolicy, alert: AlertSpec, message: Message, recipients: tuple[str, ...]
) -> None:
    provider = alert.provider
    if provider.smtp:
        source = provider.smtp.password_from
        password = read_secret(source, desk.environment) if source else None
        send_mail(provider.smtp, password, recipients, message.subject, message.text)
    elif provider.webhook:
        url = read_secret(provider.webhook.url_from, desk.environment).reveal()
        slack = provider.webhook.format == "slack"
        body = slack_body(message.text) if slack else json_body(message.subject, message.items)
        call(url, provider.webhook.url_from.described, body)
    else:
        raise NotifyFailed(f"policy {policy.name} names no provider")


def _recipients(
    policy: ResolvedPolicy, alert: AlertSpec, news: tuple[News, ...], since: Mapping[str, datetime], now: datetime
) -> tuple[str, ...]:
    """The alert's contacts, and whom they escalate to when something has lasted too long."""
    lasted = max((now - since[one.trouble.key] for one in news if one.trouble.key in since), default=None)
    found: list[str] = []
    for name in alert.to:
        contact = policy.contacts.get(name)
        if contact is None:
            continue
        found.append(contact.email or "")
        higher = policy.contacts.get(contact.escalation or "")
        if higher and lasted is not None and lasted >= contact.escalate_after:
            found.append(higher.email or "")
    return tuple(dict.fromkeys(address for address in found if address))


def _sent(desk: Desk) -> dict[str, dict[str, Sent]]:
    """The last message by alert and key."""
    found: dict[str, dict[str, Sent]] = {}
    for (alert, key), last in desk.catalog.alerted().items():
        found.setdefault(alert, {})[key] = Sent(last.event, last.at, last.delivered, 0 if last.delivered else 1)
    return found


def _first_seen(desk: Desk, troubles: tuple[Trouble, ...], now: datetime) -> dict[str, datetime]:
    """Since when each present trouble has been seen; what is over is forgotten. Written only when it changes."""
    stored = json.loads(desk.catalog.recall(_FIRST_SEEN) or "{}")
    current = {trouble.key: stored.get(trouble.key, now.isoformat()) for trouble in troubles}
    if current != stored:
        desk.catalog.remember(_FIRST_SEEN, json.dumps(current))
    return {key: datetime.fromisoformat(seen) for key, seen in current.items()}


def _beat(desk: Desk) -> None:
    """Tell the dead-man switch that a pass completed; a switch that does not answer is its own alarm."""
    heartbeat = desk.settings.heartbeat
    if heartbeat is None:
        return
    try:
        if isinstance(heartbeat, Heartbeat):
            call(read_secret(heartbeat.url_from, desk.environment).reveal(), "the heartbeat")
        else:
            call(heartbeat, "the heartbeat")
    except ReconcilerError:
        return
