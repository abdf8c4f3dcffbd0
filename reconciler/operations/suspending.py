"""Suspensions made on the host: journalled, with a reason and an end; or the YAML to commit instead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import yaml
from pydantic import TypeAdapter, ValidationError

from reconciler.errors import UsageError
from reconciler.observed.attempts import Verb
from reconciler.observed.entries import Resumed, Suspended
from reconciler.operations.desk import Desk
from reconciler.operations.known import known_asset, known_name, known_repository, shown
from reconciler.operations.places import in_force
from reconciler.units.instants import format_instant
from reconciler.units.names import Name

LONGEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class SuspensionOrder:
    """What to stop, for how long, and why."""

    name: str
    asset: str | None
    repository: str | None
    verbs: tuple[str, ...]
    span: timedelta
    reason: str
    by: str


def suspend(desk: Desk, order: SuspensionOrder) -> datetime:
    """Journal it; gives when it ends. Raises UsageError for a bad name, an unknown asset or too long a span."""
    _refuse_odd(order)
    stored = desk.catalog.enforced()
    if stored:
        policy = in_force(desk, stored[1])
        known_asset(policy, order.asset)
        known_repository(policy, order.repository)
    now = desk.clock.now()
    entry = Suspended(
        name=order.name,
        asset=order.asset,
        repository=order.repository,
        verbs=tuple(Verb(word) for word in order.verbs),
        expires=now + order.span,
        by=order.by,
        reason=order.reason,
    )
    desk.catalog.record([entry], now)
    return entry.expires


def resume(desk: Desk, name: str, by: str) -> None:
    """Raises UsageError when nothing is suspended under that name."""
    now = desk.clock.now()
    holding = [found.entry.name for found in desk.catalog.suspensions(now)]
    if name not in holding:
        if not holding:
            raise UsageError(
                f"nothing is suspended on this host, so not {shown(name)}", remedy="see: reconciler status"
            )
        known_name("suspension", name, holding, "reconciler status")
    desk.catalog.record([Resumed(name=name, by=by)], now)


def as_policy(order: SuspensionOrder) -> str:
    """The document to commit, so that everybody sees it in the policy."""
    _refuse_odd(order)
    select: dict[str, list[str]] = {}
    if order.asset:
        select["assets"] = [order.asset]
    if order.repository:
        select["repositories"] = [order.repository]
    document = {
        "apiVersion": "backup/v1",
        "kind": "Suspension",
        "metadata": {"name": order.name},
        "spec": {
            "select": select,
            "actions": list(order.verbs),
            "reason": order.reason,
            "expires": format_instant((datetime.now(UTC) + order.span).replace(microsecond=0)),
        },
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def _refuse_odd(order: SuspensionOrder) -> None:
    try:
        TypeAdapter(Name).validate_python(order.name)
    except ValidationError:
        raise UsageError(
            f"not a name: {shown(order.name)}", remedy="use lower-case letters, digits and dashes"
        ) from None
    if not order.reason.strip():
        raise UsageError("a suspension needs a reason", remedy="add --reason, it is shown in status")
    if order.span > LONGEST:
        raise UsageError("a suspension lasts 31 days at most", remedy="commit one to the policy if it must be longer")
