"""After each pass: who must be told what, told, and written down; and the heartbeat that outsiders listen for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from reconciler.errors import CatalogError, ReconcilerError
from reconciler.kit.secrets import read_secret
from reconciler.notify.web import call
from reconciler.observed.facts import Observed
from reconciler.observed.messages import Alerted, after_message
from reconciler.operations import aside, outage
from reconciler.operations.delivery import Delivery, Send
from reconciler.operations.desk import Desk
from reconciler.operations.passing import PassResult
from reconciler.operations.sending import Speaker, speak
from reconciler.operations.undelivered import HEARTBEAT, undelivered
from reconciler.plan.alerting import Situation
from reconciler.plan.plan import Plan
from reconciler.plan.troubles import Trouble, subject_of, troubles_of
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.settings import Heartbeat

_SEEN = "alerts-first-seen"


def after_pass(desk: Desk, result: PassResult) -> int:
    """Tell what this pass makes due, and the heartbeat that it completed; gives how many ways of telling fail.

    Nothing of it can fail the pass. Without a policy in force nothing is protected and nobody is known: then the
    heartbeat is not called either.
    """
    plan, policy = result.plan, result.policy
    if plan is None or policy is None:
        return 0
    place = aside.place_of(desk)
    aside.note_completed(place)
    aside.keep_people(place, policy)
    try:
        _tell(desk, policy, plan, result.observed)
        outage.over(place)
        return len(undelivered(desk, policy))
    except CatalogError as error:
        outage.tell(place, error)
        return 0


def after_trouble(desk: Desk, error: ReconcilerError) -> None:
    """A pass could not run at all: told by the policy that was last in force, whatever became of the catalog."""
    outage.tell(aside.place_of(desk), error)


def _tell(desk: Desk, policy: ResolvedPolicy, plan: Plan, observed: Observed) -> None:
    now = desk.clock.now()
    troubles, sent = troubles_of(plan, policy, observed), _sent(desk)
    told = {subject_of(key) for rows in sent.values() for key in rows}
    situation = Situation(
        now=now,
        policy=policy,
        troubles=troubles,
        standing={name: found for found in plan.assessments if (name := str(found.promise)) in told} if told else {},
        seen=_seen(desk, troubles, now),
    )
    speaker = Speaker(desk.settings.host, desk.environment)
    spoken = speak(speaker, sent, situation, _heartbeat(desk))
    desk.unrecorded += spoken.messages
    if desk.unrecorded:
        desk.catalog.record(desk.unrecorded, now)
        desk.unrecorded.clear()
    for _name, delivery in spoken.others:
        _note_heartbeat(desk, delivery)


def _sent(desk: Desk) -> dict[str, dict[str, Alerted]]:
    """The last message by alert and key, with those that the journal could not take yet."""
    found: dict[str, dict[str, Alerted]] = {}
    for (alert, key), said in desk.catalog.alerted().items():
        found.setdefault(alert, {})[key] = said
    for message in desk.unrecorded:
        rows = found.setdefault(message.alert, {})
        stands = after_message(rows.pop(message.key, None), message, desk.clock.now())
        if stands:
            rows[message.key] = stands
    return found


def _seen(desk: Desk, troubles: Iterable[Trouble], now: datetime) -> dict[str, datetime]:
    """Since when each trouble that must last has been there; what is gone is forgotten. Writes only a change."""
    stored: dict[str, str] = json.loads(desk.catalog.recall(_SEEN) or "{}")
    current = {one.key: stored.get(one.key, now.isoformat()) for one in troubles if one.lasting}
    if current != stored:
        desk.catalog.remember(_SEEN, json.dumps(current))
    return {key: datetime.fromisoformat(seen) for key, seen in current.items()}


def _heartbeat(desk: Desk) -> dict[str, Send]:
    """Tells the dead-man switch that a pass completed; its address may be a secret."""
    heartbeat = desk.settings.heartbeat
    if heartbeat is None:
        return {}

    def beat() -> str:
        address = (
            read_secret(heartbeat.url_from, desk.environment).reveal()
            if isinstance(heartbeat, Heartbeat)
            else heartbeat
        )
        call(address, "the heartbeat")
        return ""

    return {HEARTBEAT: beat}


def _note_heartbeat(desk: Desk, delivery: Delivery) -> None:
    """A switch that is not reached is its own alarm; here it is kept why. Writes only a change."""
    if (desk.catalog.recall(HEARTBEAT) or "") != delivery.error:
        desk.catalog.remember(HEARTBEAT, delivery.error)
