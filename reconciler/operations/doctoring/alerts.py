"""Alerts arrive, and their secrets can be read."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors import ReconcilerError
from reconciler.kit.secrets import read_secret
from reconciler.operations.doctoring.finding import Finding, error, ok, warning
from reconciler.operations.doctoring.scene import Scene


def alert_findings(scene: Scene) -> Iterator[Finding]:
    """Each Alert of the policy, and the heartbeat."""
    if scene.policy is None:
        return
    undelivered: dict[str, str] = {}
    for (alert, _key), sent in sorted(scene.desk.catalog.alerted().items()):
        if not sent.delivered:
            undelivered.setdefault(alert, sent.error)
    for name, spec in scene.policy.alerts.items():
        provider = spec.provider
        secret = provider.webhook.url_from if provider.webhook else provider.smtp and provider.smtp.password_from
        try:
            if secret:
                read_secret(secret, scene.desk.environment)
        except ReconcilerError as found:
            yield error(f"alert {name}", found.what, found.remedy)
            continue
        if name in undelivered:
            yield error(
                f"alert {name}", f"cannot be delivered: {undelivered[name]}", "look at its provider; it is tried again"
            )
        else:
            yield ok(f"alert {name}", "ready")
    if not scene.policy.alerts:
        yield warning(
            "alerts", "the policy has none: nobody is told when a promise breaks", "add an Alert to the policy"
        )
