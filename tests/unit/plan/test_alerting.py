"""Alerts as a conversation over many passes: said once, remembered daily, escalated, and ended; never a storm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.kinds.secrets import SecretReference
from reconciler.obligations.assessment import Assessment, Promise, State
from reconciler.observed.entries import Notified
from reconciler.observed.messages import Alerted, after_message
from reconciler.observed.reason import Reason
from reconciler.plan.alerting import CLOSED, News, Situation, recipients, told_by
from reconciler.plan.troubles import Trouble
from reconciler.policy.models.document import Selector
from reconciler.policy.models.people import AlertSpec, ContactSpec, Provider, SmtpProvider, WebhookProvider
from reconciler.policy.resolved import ResolvedPolicy
from tests.unit.obligations.policies import DAY, HOUR, NOW, asset, placement, policy

MINUTE = timedelta(minutes=1)
ALL = ("breached", "blocked", "approval", "unknown", "failing", "storage", "policy", "resolved")
MAIL = Provider(smtp=SmtpProvider(host="mail.example.org", sender="backup@example.org"))
HOOK = Provider(webhook=WebhookProvider(url_from=SecretReference(env="HOOK")))
CONTACTS = {
    "platform": ContactSpec(email="platform@example.org", escalation="lead"),
    "lead": ContactSpec(email="lead@example.org", escalation="boss", escalate_after=HOUR),
    "boss": ContactSpec(email="boss@example.org"),
}
WIKI = Trouble("freshness wiki/local", "too-old", "breached", Reason.of("too-old"), ("wiki",), "local")
BLOCKED = Trouble("mark wiki/local", "budget", "blocked", Reason.of("credit"), ("wiki",), "local", lasting=HOUR)


def alert(**fields: Any) -> AlertSpec:
    """Mail to the platform's people, about everything."""
    return AlertSpec(**({"events": ALL, "provider": MAIL, "to": ("platform",)} | fields))


def people(**blocks: Any) -> ResolvedPolicy:
    """A policy with two assets and everybody."""
    return policy(
        asset("wiki", placement("local"), labels={"team": "docs"}),
        asset("mail", placement("local"), placement("nas", "local"), tier="tier-2"),
        contacts=CONTACTS,
        **blocks,
    )


@dataclass(slots=True)
class Line:
    """One alert's way to its readers, pass after pass; ``works``: what is sent arrives."""

    alert: AlertSpec = field(default_factory=alert)
    policy: ResolvedPolicy = field(default_factory=people)
    works: bool = True
    now: datetime = NOW
    sent: dict[str, Alerted] = field(default_factory=dict)
    seen: dict[str, datetime] = field(default_factory=dict)
    tries: int = 0

    def pass_(self, *troubles: Trouble, after: timedelta = MINUTE, standing: Iterable[Assessment] = ()) -> list[str]:
        """What is sent in the next pass, as ``kind: key``."""
        self.now += after
        self.seen = {one.key: self.seen.get(one.key, self.now) for one in troubles}
        situation = Situation(self.now, self.policy, troubles, {str(a.promise): a for a in standing}, self.seen)
        told = told_by(self.alert, self.sent, situation)
        for key in told.closed:
            self._fold(Notified(alert="mail", key=key, event=CLOSED, delivered=True))
        for one in told.news:
            self._fold(Notified(alert="mail", key=one.trouble.key, event=one.trouble.event, delivered=self.works))
        self.tries += bool(told.news)
        return [f"{one.kind}: {one.trouble.key}" for one in told.news]

    def _fold(self, message: Notified) -> None:
        after = after_message(self.sent.pop(message.key, None), message, self.now)
        if after:
            self.sent[message.key] = after


def stands(state: State, kind: str = "freshness", about: str = "wiki") -> Assessment:
    """How the promise of the wiki in local stands."""
    return Assessment(Promise(kind, about, "local"), state, Reason.of("fresh"))


def test_a_breach_is_told_at_once_and_once() -> None:
    line = Line()
    assert line.pass_(WIKI) == ["new: freshness wiki/local too-old"]
    assert [line.pass_(WIKI) for _ in range(25)] == [[]] * 25


@pytest.mark.parametrize("event", ["blocked", "approval", "unknown"])
def test_what_may_mend_itself_is_told_after_an_hour(event: str) -> None:
    line, trouble = Line(), replace(BLOCKED, event=event)
    assert line.pass_(trouble) == []
    assert line.pass_(trouble, after=59 * MINUTE) == []
    assert line.pass_(trouble, after=MINUTE) == ["new: mark wiki/local budget"]


def test_what_began_long_before_the_loop_did_is_told_at_once() -> None:
    assert Line().pass_(replace(BLOCKED, since=NOW - DAY)) == ["new: mark wiki/local budget"]


def test_what_went_away_meanwhile_begins_anew() -> None:
    line = Line()
    line.pass_(BLOCKED)
    line.pass_(after=50 * MINUTE)
    assert line.pass_(BLOCKED, after=20 * MINUTE) == []
    assert line.pass_(BLOCKED, after=HOUR) == ["new: mark wiki/local budget"]


def test_it_is_remembered_daily_while_it_lasts() -> None:
    line = Line(alert(to=("boss",)))
    line.pass_(WIKI)
    said = [line.pass_(WIKI, after=HOUR) for _ in range(72)]
    assert [number + 1 for number, one in enumerate(said) if one] == [24, 48, 72]
    assert said[23] == ["reminder: freshness wiki/local too-old"]


def test_what_can_never_be_met_is_said_once() -> None:
    line = Line(alert(to=("boss",)))
    forever = replace(WIKI, once=True)
    assert line.pass_(forever) == ["new: freshness wiki/local too-old"]
    assert [line.pass_(forever, after=DAY) for _ in range(5)] == [[]] * 5


def test_the_end_is_told_once() -> None:
    line = Line()
    line.pass_(WIKI)
    met = [stands(State.MET)]
    assert line.pass_(standing=met) == ["resolved: freshness wiki/local too-old"]
    assert [line.pass_(standing=met) for _ in range(5)] == [[]] * 5
    assert line.sent == {}
    assert line.pass_(WIKI) == ["new: freshness wiki/local too-old"], "and then it begins anew"


def test_an_alert_without_the_event_resolved_says_nothing_at_the_end() -> None:
    line = Line(alert(events=("breached",)))
    line.pass_(WIKI)
    assert line.pass_(standing=[stands(State.MET)]) == []
    assert line.sent == {}
    assert line.pass_(WIKI) == ["new: freshness wiki/local too-old"]


def test_a_promise_that_cannot_be_told_any_more_is_not_called_met() -> None:
    line = Line()
    line.pass_(WIKI)
    assert line.pass_(standing=[stands(State.UNKNOWN)], after=HOUR) == []
    assert line.pass_(standing=[stands(State.MET)]) == ["resolved: freshness wiki/local too-old"]


def test_another_reason_for_the_same_promise_is_no_end() -> None:
    line = Line()
    line.pass_(WIKI)
    other = replace(WIKI, code="no-backup")
    assert line.pass_(other, standing=[stands(State.BREACHED)]) == ["new: freshness wiki/local no-backup"]
    assert set(line.sent) == {other.key}
    assert line.pass_(standing=[stands(State.MET)]) == ["resolved: freshness wiki/local no-backup"]


def test_low_and_critical_storage_are_two_alerts() -> None:
    line = Line()
    low = Trouble("capacity nas", "low", "storage", Reason.of("low"), ("mail",), "nas")
    assert line.pass_(low) == ["new: capacity nas low"]
    assert line.pass_(replace(low, code="critical")) == ["new: capacity nas critical"]
    assert line.pass_(replace(low, code="critical")) == []


def test_a_folded_trouble_is_told_by_its_repository_alone() -> None:
    line = Line()
    gone = Trouble("repository local", "missing", "breached", Reason.of("missing"), ("wiki", "mail"), "local")
    folded = [
        replace(WIKI, subject=f"freshness {name}/local", assets=(name,), folded=True) for name in ("wiki", "mail")
    ]
    assert line.pass_(gone, *folded) == ["new: repository local missing"]
    assert line.pass_(gone, *folded, after=2 * HOUR - MINUTE) == ["escalation: repository local missing"]


def test_a_breach_that_was_told_waits_silently_while_its_repository_is_gone() -> None:
    line = Line()
    line.pass_(WIKI)
    gone = Trouble("repository local", "missing", "breached", Reason.of("missing"), ("wiki",), "local")
    assert line.pass_(gone, replace(WIKI, folded=True), standing=[stands(State.UNKNOWN)]) == [
        "new: repository local missing"
    ]
    assert line.pass_(standing=[stands(State.MET)]) == [
        "resolved: freshness wiki/local too-old",
        "resolved: repository local missing",
    ]


def test_what_did_not_arrive_is_tried_again_with_growing_pauses() -> None:
    line = Line(works=False)
    begun = line.now
    tried = []
    for _ in range(180):
        if line.pass_(WIKI):
            tried.append((line.now - begun) // MINUTE)
    assert tried == [1, 2, 4, 8, 16, 32, 64, 124]
    line.works = True
    assert line.pass_(WIKI, after=HOUR) == ["new: freshness wiki/local too-old"]
    assert line.pass_(WIKI, after=MINUTE) == []


def test_something_new_is_worth_a_try_on_a_broken_way_and_takes_the_rest_along() -> None:
    line = Line(works=False)
    for _ in range(10):
        line.pass_(WIKI)
    storage = Trouble("capacity nas", "low", "storage", Reason.of("low"), ("mail",), "nas")
    line.works = True
    assert line.pass_(WIKI, storage, after=timedelta(seconds=5)) == [
        "new: freshness wiki/local too-old",
        "new: capacity nas low",
    ]


def test_a_hundred_new_troubles_go_in_one_message() -> None:
    line = Line()
    many = [replace(WIKI, subject=f"freshness a{number}/local") for number in range(100)]
    assert len(line.pass_(*many)) == 100
    assert line.tries == 1


def test_what_never_arrived_is_told_when_it_is_over_even_to_an_alert_that_skips_ends() -> None:
    line = Line(alert(events=("breached",)), works=False)
    line.pass_(WIKI)
    assert line.pass_(standing=[stands(State.MET)], after=MINUTE / 2) == []
    assert line.pass_(standing=[stands(State.MET)], after=HOUR) == ["resolved: freshness wiki/local too-old"]
    line.works = True
    assert line.pass_(standing=[stands(State.MET)], after=2 * HOUR) == ["resolved: freshness wiki/local too-old"]
    assert line.sent == {}


def test_an_end_that_did_not_arrive_is_tried_again() -> None:
    line = Line()
    line.pass_(WIKI)
    line.works = False
    assert line.pass_(standing=[stands(State.MET)]) == ["resolved: freshness wiki/local too-old"]
    line.works = True
    assert line.pass_(standing=[stands(State.MET)]) == ["resolved: freshness wiki/local too-old"]
    assert line.sent == {}


def test_escalation_goes_up_the_chain_and_the_message_is_sent_again_each_time() -> None:
    line = Line()
    line.pass_(WIKI)
    said = [(number, line.pass_(WIKI)) for number in range(1, 180)]
    assert [(number, one) for number, one in said if one] == [
        (30, ["escalation: freshness wiki/local too-old"]),
        (90, ["escalation: freshness wiki/local too-old"]),
    ]


def test_those_it_was_escalated_to_hear_reminders_and_the_end_too() -> None:
    told = NOW - 2 * HOUR
    news = [News(WIKI, "reminder", told)]
    assert recipients(alert(), news, CONTACTS, NOW) == ["platform", "lead", "boss"]
    assert recipients(alert(), news, CONTACTS, told + 31 * MINUTE) == ["platform", "lead"]
    assert recipients(alert(), [News(WIKI, "new")], CONTACTS, NOW) == ["platform"]


def test_escalation_in_a_circle_ends() -> None:
    contacts = {
        "platform": ContactSpec(email="a@example.org", escalation="lead"),
        "lead": ContactSpec(email="b@example.org", escalation="platform"),
    }
    assert recipients(alert(), [News(WIKI, "reminder", NOW - DAY)], contacts, NOW) == ["platform", "lead"]


def test_a_webhook_escalates_to_nobody() -> None:
    line = Line(alert(provider=HOOK, to=()))
    line.pass_(WIKI)
    assert [line.pass_(WIKI, after=HOUR) for _ in range(20)] == [[]] * 20


def test_a_clock_that_came_back_from_the_future_does_not_silence_reminders() -> None:
    line = Line(alert(to=("boss",)), now=NOW + 9000 * DAY)
    line.pass_(WIKI)
    line.now = NOW
    assert line.pass_(WIKI) == ["reminder: freshness wiki/local too-old"]
    assert line.pass_(WIKI) == []


@pytest.mark.parametrize(
    ("select", "meant"),
    [
        (Selector(), True),
        (Selector(assets=("wiki",)), True),
        (Selector(assets=("mail",)), False),
        (Selector(tier="tier-1"), True),
        (Selector(tier="tier-2"), False),
        (Selector(labels={"team": "docs"}), True),
        (Selector(labels={"team": "web"}), False),
        (Selector(host="infra1"), True),
        (Selector(host="elsewhere"), False),
        (Selector(repositories=("local",)), True),
        (Selector(repositories=("nas",)), False),
    ],
)
def test_an_alert_hears_of_what_it_selects(select: Selector, meant: bool) -> None:
    assert bool(Line(alert(select=select)).pass_(WIKI)) is meant


def test_a_team_hears_that_the_repository_of_its_assets_is_gone() -> None:
    gone = Trouble("repository nas", "missing", "breached", Reason.of("missing"), ("mail",), "nas")
    assert Line(alert(select=Selector(assets=("mail",)))).pass_(gone)
    assert not Line(alert(select=Selector(assets=("wiki",)))).pass_(gone)


def test_what_concerns_everything_is_heard_whatever_is_selected() -> None:
    trouble = Trouble("applied iact", "policy-rewound", "policy", Reason.of("policy-problem"))
    assert Line(alert(select=Selector(assets=("wiki",)))).pass_(trouble)


def test_an_event_that_is_not_asked_for_is_not_told() -> None:
    assert Line(alert(events=("storage",))).pass_(WIKI) == []


def test_what_an_alert_no_longer_asks_for_ends_without_a_word() -> None:
    line = Line()
    line.pass_(WIKI)
    line.alert = alert(events=("storage", "resolved"))
    assert line.pass_(WIKI) == []
    assert line.sent == {}


def test_while_only_one_thing_is_known_nothing_else_is_called_over() -> None:
    line = Line()
    line.pass_(WIKI)
    situation = Situation(line.now, line.policy, (), partial=True)
    assert told_by(line.alert, line.sent, situation).news == ()


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(1, 300)), max_size=60))
def test_whatever_happens_people_end_up_knowing(steps: list[tuple[bool, bool, int]]) -> None:
    """After any history, one hour of a working way: what is wrong has been told, and nothing else is open."""
    line = Line()
    for wrong, works, minutes in steps:
        line.works = works
        line.pass_(*([WIKI] if wrong else []), after=minutes * MINUTE)
    line.works = True
    wrong = bool(steps) and steps[-1][0]
    for _ in range(3):
        line.pass_(*([WIKI] if wrong else []), after=HOUR)
    assert set(line.sent) == ({WIKI.key} if wrong else set())
    assert all(one.delivered for one in line.sent.values())
