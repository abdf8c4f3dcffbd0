"""Contacts and alerts: everybody can be reached, mail has somebody to go to, and a broken promise is told."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.policy.checks.cycles import cycles, spelled
from reconciler.policy.checks.finding import Finding
from reconciler.policy.documents import Severity
from reconciler.policy.models.location import LOOPBACK
from reconciler.policy.models.people import AlertSpec
from reconciler.policy.resolved import ResolvedPolicy


def escalation_cycles(policy: ResolvedPolicy) -> Iterator[Finding]:
    """Escalation ends somewhere."""
    edges = {name: (spec.escalation,) for name, spec in policy.contacts.items() if spec.escalation}
    for cycle in cycles(edges):
        message = f"this escalation never ends: {spelled(cycle)}"
        yield Finding("Contact", cycle[0], ("spec", "escalation"), "escalation-cycle", message)


def alert_addresses(policy: ResolvedPolicy) -> Iterator[Finding]:
    """Mail goes to contacts that have an address, and over a line that nobody else reads."""
    for name, alert in policy.alerts.items():
        mail = alert.provider.smtp
        if mail is None:
            continue
        if not alert.to:
            message = "mail needs somebody to go to; name contacts in to"
            yield Finding("Alert", name, ("spec",), "alert-without-address", message)
        for index, contact in enumerate(alert.to):
            known = policy.contacts.get(contact)
            if known and not known.email:
                message = f"the contact {contact} has no email, so this alert never reaches it"
                yield Finding("Alert", name, ("spec", "to", index), "alert-without-address", message)
        if mail.tls == "none" and mail.host not in LOOPBACK:
            message = f"mail to {mail.host} without TLS can be read on the way; use starttls or implicit"
            yield Finding("Alert", name, ("spec", "provider", "smtp", "tls"), "plain-mail", message)


def breaches_told(policy: ResolvedPolicy) -> Iterator[Finding]:
    """Some alert tells about broken promises."""
    if policy.assets and not any("breached" in alert.events for alert in policy.alerts.values()):
        message = "no Alert has the event breached, so nobody is told when a promise breaks"
        yield Finding("Policy", policy.name, (), "alert-missing", message, Severity.WARNING)


def unreached_contacts(policy: ResolvedPolicy) -> Iterator[Finding]:
    """A contact that nothing leads to is never called."""
    reached: set[str] = set()
    waiting = _first_called(policy)
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        following = policy.contacts[name].escalation if name in policy.contacts else None
        if following:
            waiting.add(following)
    for name in policy.contacts:
        if name not in reached:
            message = f"nothing leads to the contact {name}: it owns nothing, and no alert or escalation names it"
            yield Finding("Contact", name, ("metadata", "name"), "contact-unreached", message, Severity.WARNING)


def _first_called(policy: ResolvedPolicy) -> set[str]:
    called = {asset.owner for asset in policy.assets.values()}
    called |= {spec.owner for spec in policy.decommissions.values()}
    called |= {approver.contact for approver in policy.settings.approvers}
    for alert in policy.alerts.values():
        called |= set(_told(alert))
    for calendar in policy.calendars.values():
        called |= set(calendar.participants)
    for repository in policy.repositories.values():
        called |= set(repository.escrow)
    return called


def _told(alert: AlertSpec) -> tuple[str, ...]:
    return alert.to
