"""Which troubles are news to an alert: new, a reminder, escalated, over; and who is to hear it; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from reconciler.obligations.assessment import Assessment, State
from reconciler.observed.attempts import pause_after
from reconciler.observed.backup import SKEW
from reconciler.observed.messages import Alerted
from reconciler.observed.reason import Reason
from reconciler.plan.troubles import Trouble, subject_of
from reconciler.policy.models.people import AlertSpec, ContactSpec
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.policy.selection import is_narrowed, selects

RESOLVED = "resolved"
CLOSED = "closed"
_EVERYTHING = frozenset({"policy"})
"""Events that concern every asset, whatever an alert selects."""

NewsKind = Literal["new", "reminder", "escalation", "resolved"]


@dataclass(frozen=True, slots=True)
class News:
    """One item of a message. ``event`` is the trouble's, also when it is over; ``told_since`` when people heard."""

    trouble: Trouble
    kind: NewsKind
    told_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What an alert has to say, and the keys that end without a word."""

    news: tuple[News, ...] = ()
    closed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """What all alerts are decided from. ``standing`` are promises by their name, at least those that were told of,
    ``seen`` since when each key has been there. ``partial``: only these troubles are known, so nothing that is
    missing is over."""

    now: datetime
    policy: ResolvedPolicy
    troubles: tuple[Trouble, ...]
    standing: Mapping[str, Assessment] = field(default_factory=dict)
    seen: Mapping[str, datetime] = field(default_factory=dict)
    partial: bool = False

    def lasts_since(self, trouble: Trouble) -> datetime:
        """When it began, as far as anybody knows."""
        return min(self.seen.get(trouble.key, self.now), trouble.since or self.now)


def told_by(alert: AlertSpec, sent: Mapping[str, Alerted], situation: Situation) -> Told:
    """What this alert has to say now, all of it in one message, or nothing while a broken way is left alone."""
    current = {trouble.key: trouble for trouble in situation.troubles if _meant(alert, trouble, situation.policy)}
    news = [one for trouble in current.values() if (one := _of_trouble(alert, trouble, sent, situation))]
    ended, closed = _ended(alert, sent, current, {one.trouble.key for one in news}, situation)
    news += ended
    if not any(_is_fresh(sent.get(one.trouble.key)) for one in news) and _waits(sent, situation.now):
        return Told(closed=tuple(closed))
    return Told(tuple(news), tuple(closed))


def recipients(alert: AlertSpec, news: Iterable[News], contacts: Mapping[str, ContactSpec], now: datetime) -> list[str]:
    """The names of contacts: the alert's own, and those that it has escalated to by now."""
    told = min((one.told_since for one in news if one.told_since), default=None)
    higher = [name for after, name in _levels(alert, contacts) if told is not None and now - told >= after]
    return list(dict.fromkeys((*alert.to, *higher)))


def _of_trouble(alert: AlertSpec, trouble: Trouble, sent: Mapping[str, Alerted], situation: Situation) -> News | None:
    now, last = situation.now, sent.get(trouble.key)
    if trouble.folded:
        return None
    if last is None:
        lasts = now - situation.lasts_since(trouble)
        return News(trouble, "new") if lasts >= trouble.lasting else None
    kind: NewsKind | None = None
    if last.told_since is None or last.told_at is None:
        kind = "new"
    elif not last.delivered:
        kind = "reminder"
    elif _escalates(alert, situation.policy.contacts, last.told_since, last.told_at, now):
        kind = "escalation"
    elif not trouble.once and _passed(last.told_at, alert.remind_every, now):
        kind = "reminder"
    return News(trouble, kind, last.told_since) if kind else None


def _ended(
    alert: AlertSpec,
    sent: Mapping[str, Alerted],
    current: Mapping[str, Trouble],
    telling: Collection[str],
    situation: Situation,
) -> tuple[list[News], list[str]]:
    """What was told and is there no more: over, or replaced by another trouble of the same thing."""
    if situation.partial:
        return [], []
    news: list[News] = []
    closed: list[str] = []
    known = {trouble.key for trouble in situation.troubles}
    replaced = {key for key in current if key in sent or key in telling}
    for key in sorted(sent.keys() - current.keys()):
        subject, last = subject_of(key), sent[key]
        if key in known or any(subject_of(other) == subject for other in replaced):
            closed.append(key)
        elif any(trouble.subject == subject for trouble in situation.troubles):
            continue
        elif _holds(situation.standing.get(subject)):
            # What nobody heard of because the way was broken is told when it works again.
            if RESOLVED in alert.events or last.told_since is None:
                news.append(_resolved(key, last, situation))
            else:
                closed.append(key)
    return news, closed


def _holds(found: Assessment | None) -> bool:
    """Met again, due at most; what is no promise, or no longer one, is over when it is gone."""
    return found is None or found.state in (State.MET, State.DUE)


def _resolved(key: str, last: Alerted, situation: Situation) -> News:
    subject = subject_of(key)
    stands = situation.standing.get(subject)
    about = stands.promise if stands else None
    trouble = Trouble(
        subject=subject,
        code=key.rpartition(" ")[2],
        event=RESOLVED,
        reason=stands.reason if stands else Reason.of("over"),
        assets=(about.asset,) if about and about.asset else (),
        repository=about.repository if about else "",
        since=last.told_since or last.at,
    )
    return News(trouble, "resolved", last.told_since)


def _is_fresh(last: Alerted | None) -> bool:
    """Something of which nothing failed to arrive yet: it is worth a try at once."""
    return last is None or last.delivered


def _waits(sent: Mapping[str, Alerted], now: datetime) -> bool:
    """The last message did not arrive, and the pause after it is not over."""
    failed = [last for last in sent.values() if not last.delivered]
    if not failed:
        return False
    newest = max(failed, key=lambda last: last.at)
    return not _passed(newest.at, pause_after(max(last.failures for last in failed)), now)


def _passed(at: datetime, span: timedelta, now: datetime) -> bool:
    """Whether so much time has passed; a message from the future was sent under a wrong clock and counts as old."""
    return now - at >= span or at - now > SKEW


def _escalates(
    alert: AlertSpec, contacts: Mapping[str, ContactSpec], told_since: datetime, told_at: datetime, now: datetime
) -> bool:
    return any(told_at < told_since + after <= now for after, _name in _levels(alert, contacts))


def _levels(alert: AlertSpec, contacts: Mapping[str, ContactSpec]) -> Iterator[tuple[timedelta, str]]:
    """After how long who else is told, from each contact upwards. Only mail can be sent to somebody else."""
    for name in alert.to if alert.provider.smtp else ():
        after, seen, contact = timedelta(0), {name}, contacts.get(name)
        while contact and contact.escalation and contact.escalation not in seen:
            after += contact.escalate_after
            seen.add(contact.escalation)
            yield after, contact.escalation
            contact = contacts.get(contact.escalation)


def _meant(alert: AlertSpec, trouble: Trouble, policy: ResolvedPolicy) -> bool:
    """The alert's events and its selector: one of the assets concerned has to be selected, in that repository."""
    if trouble.event not in alert.events:
        return False
    if trouble.event in _EVERYTHING or not trouble.assets:
        return True
    select = alert.select
    if select.repositories and trouble.repository and trouble.repository not in select.repositories:
        return False
    assets = (policy.assets.get(name) for name in trouble.assets)
    return any(selects(select, asset) if asset else not is_narrowed(select) for asset in assets)
