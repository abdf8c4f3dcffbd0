"""What a person reads in an alert: the worst first, everything once, nothing that steers their terminal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from reconciler.observed.reason import Reason
from reconciler.plan.alerting import News
from reconciler.plan.troubles import Trouble
from reconciler.views.alerts import Sender, message_of
from reconciler.views.sentences import Reader
from tests.unit.obligations.policies import HOUR, NOW

READER = Reader(NOW, ZoneInfo("Europe/Madrid"))
SENDER = Sender("infra1", "iact")
WIKI = Trouble(
    subject="freshness wiki/local",
    code="too-old",
    event="breached",
    reason=Reason.of("too-old", newest=NOW - 3 * HOUR, rpo=HOUR, message="the disk of local is full"),
    assets=("wiki",),
    repository="local",
    since=NOW - 2 * HOUR,
)
FRESH = Reason.of("fresh", newest=NOW - timedelta(minutes=12), rpo=HOUR)
GONE = Trouble(
    subject="repository nas",
    code="missing",
    event="breached",
    reason=Reason.of("missing"),
    assets=tuple(f"asset-{number:03}" for number in range(200)),
    repository="nas",
    since=NOW - HOUR,
    many=True,
)
WAITS = Trouble(
    subject="policy asset/wiki",
    code="3f2a1b9c0d11",
    event="approval",
    reason=Reason.of("waiting-block", why="it keeps fewer backups"),
    assets=("wiki",),
    lift='reconciler approve 3f2a1b9c0d11 --reason "…"',
)


def test_a_whole_message() -> None:
    news = [
        News(WAITS, "reminder"),
        News(WIKI, "new"),
        News(GONE, "escalation"),
        News(replace(WIKI, subject="freshness mail/local", event="resolved", reason=FRESH), "resolved"),
    ]
    sender = replace(SENDER, calls=("tech-lead (+34 600 000 000)",))
    message = message_of(news, sender, READER)
    assert message.subject == "[backup] BREACHED: repository nas (200 assets) and 3 more"
    assert (
        message.text
        == """\
Backup Reconciler on infra1, policy iact, 2026-11-24 12:00 UTC
Nobody has ended this in time: told tech-lead (+34 600 000 000) too

ESCALATED, BREACHED: repository nas (200 assets): was here before and is missing now: \
it is never initialised again. Find its storage, or restore it
  asset-000, asset-001, asset-002, asset-003, asset-004 and 195 more
  since: 2026-11-24 11:00 UTC
BREACHED: freshness wiki/local: newest backup 3h old, RPO 1h: the disk of local is full
  since: 2026-11-24 10:00 UTC
STILL WAITS FOR APPROVAL: policy asset/wiki: waits: it keeps fewer backups
  to lift: reconciler approve 3f2a1b9c0d11 --reason "…"
RESOLVED: freshness mail/local: newest backup 12m old, RPO 1h
  told: 2026-11-24 10:00 UTC

Look: reconciler status. Mend: reconciler doctor says what is wrong with this host.
"""
    )


def test_programs_get_every_item_whatever_is_shown_to_people() -> None:
    many = [
        News(replace(WIKI, subject=f"freshness a{number}/local", assets=(f"a{number}",)), "new") for number in range(9)
    ]
    message = message_of(many, SENDER, READER)
    assert len(message.items) == 9
    assert message.items[0] == {
        "event": "breached",
        "kind": "new",
        "subject": "freshness a0/local",
        "code": "too-old",
        "message": "newest backup 3h old, RPO 1h: the disk of local is full",
        "assets": ["a0"],
        "repository": "local",
        "since": "2026-11-24T10:00:00Z",
        "lift": None,
    }


def test_many_of_a_kind_are_one_item_with_their_number() -> None:
    many = [News(replace(WIKI, subject=f"freshness a{n:03}/local", assets=(f"a{n:03}",)), "new") for n in range(200)]
    text = message_of(many, SENDER, READER).text
    assert len(text.splitlines()) == 6
    assert "BREACHED: freshness in local, 200 times, one of them: newest backup 3h old, RPO 1h" in text
    assert "a000, a001, a002, a003, a004 and 195 more" in text


def test_each_change_that_waits_keeps_its_own_command() -> None:
    many = [
        News(replace(WAITS, subject=f"policy asset/a{n}", lift=f"reconciler approve {n}"), "new") for n in range(20)
    ]
    text = message_of(many, SENDER, READER).text
    assert all(f"to lift: reconciler approve {n}\n" in text for n in range(20))


def test_a_flood_is_cut_between_lines_and_says_so() -> None:
    many = [News(replace(WAITS, subject=f"policy asset/a{number}"), "new") for number in range(2000)]
    text = message_of(many, SENDER, READER).text
    assert len(text.splitlines()) < 130
    assert "and more: reconciler status shows all of it" in text


def test_what_an_engine_said_cannot_steer_a_terminal_or_break_the_subject() -> None:
    hostile = "\x1b[2J\r\nBcc: everybody@example.org\x00 \u202egnp.exe \udcff"
    trouble = replace(
        WIKI, subject=f"freshness {hostile}", reason=Reason.of("failing-row", failures=3, message=hostile)
    )
    message = message_of([News(trouble, "new")], SENDER, READER)
    for text in (message.subject, message.text, str(message.items[0]["message"])):
        assert not set(text) & set("\x1b\r\x00\u202e\udcff")
        text.encode()
    assert "\n" not in message.subject


def test_what_can_never_be_met_says_so() -> None:
    text = message_of([News(replace(WIKI, once=True), "new")], SENDER, READER).text
    assert "\nCANNOT BE MET: freshness wiki/local" in text


def test_the_subject_stays_short() -> None:
    long = replace(WIKI, subject="freshness " + "x" * 500)
    assert len(message_of([News(long, "new")], SENDER, replace(READER, now=NOW + timedelta(days=1))).subject) <= 180
