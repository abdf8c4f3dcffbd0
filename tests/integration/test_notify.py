"""Alerts after real passes: what breaks in real repositories is mailed and posted, once, and again when it is over."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from tests.e2e.commandline import CommandLine
from tests.e2e.listening import HOOK, LEAD, Listener, mailed
from tests.e2e.world import CANARY, World, make_world
from tests.lab.repositories import open_key
from tests.lab.smtp import SmtpServer
from tests.lab.webhook import WebhookServer

pytestmark = pytest.mark.slow

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


@pytest.fixture
def listener(world: World, smtp_server: SmtpServer) -> Listener:
    """One asset with a backup in local, and mail to the platform's people."""
    world.data("docs")
    commit(world, mailed(smtp_server), "docs")
    listener = Listener(world, smtp_server)
    assert listener.pass_() == []
    return listener


def commit(world: World, alerts: str, *assets: str) -> None:
    """The policy with these assets, all in local alone."""
    text = "".join(f"---\n{world.asset(name, 'local')}" for name in assets)
    world.policy.commit({"policy.yaml": world.head() + alerts + text})


def lock(world: World) -> Path:
    """A lock that a restic elsewhere holds on local, renewed for as long as anybody looks."""
    local = world.folder / "repositories" / "local"
    fields = {
        "time": (datetime.now(UTC) + timedelta(minutes=10)).isoformat(),
        "exclusive": True,
        "hostname": "elsewhere",
        "username": "root",
        "pid": 77,
    }
    sealed = open_key(local, CANARY).seal(json.dumps(fields).encode())
    path = local / "locks" / sha256(sealed).hexdigest()
    path.write_bytes(sealed)
    return path


def test_a_backup_that_gets_too_old_is_mailed_at_once_in_words(listener: Listener) -> None:
    shutil.rmtree(listener.world.folder / "data" / "docs")
    [mail] = listener.pass_(after=3 * HOUR)
    steady = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "WHEN", mail).replace(str(listener.world.folder), "/WORLD")
    steady = re.sub(r"backup 3h( \ds)? old", "backup AGE old", steady)
    assert (
        steady
        == """\
[backup] BREACHED: freshness docs/local and 1 more
Backup Reconciler on here, policy test, WHEN UTC

BREACHED: freshness docs/local: newest backup AGE old, RPO 1h: \
/WORLD/data/docs is not there (No such file or directory). Next: bring it back, mount it, or take it out of the policy
  since: WHEN UTC
BREACHED: redundancy docs: 1 of 2 copies, 1 of 1 media, 0 of 0 off the site
  since: WHEN UTC

Look: reconciler status. Mend: reconciler doctor says what is wrong with this host.
"""
    )


def test_three_failures_in_a_row_are_one_alert_and_success_ends_it(listener: Listener) -> None:
    kept = listener.world.folder / "data" / "kept"
    (listener.world.folder / "data" / "docs").rename(kept)
    said = [mail for _ in range(8) for mail in listener.pass_(after=5 * MINUTE if _ else 50 * MINUTE)]
    failing = [mail for mail in said if "FAILING: backup docs/local" in mail]
    assert len(failing) == 1
    assert "failed 3 times in a row" in failing[0]
    kept.rename(listener.world.folder / "data" / "docs")
    [over] = listener.pass_(after=2 * HOUR)
    assert "RESOLVED: backup docs/local" in over
    assert "RESOLVED: freshness docs/local: newest backup" in over
    assert listener.pass_(after=5 * MINUTE) == []


def test_a_repository_that_is_gone_with_five_assets_is_one_item_until_it_is_back(
    world: World, smtp_server: SmtpServer
) -> None:
    names = ("a", "b", "c", "d", "e")
    for name in names:
        world.data(name)
    commit(world, mailed(smtp_server), *names)
    listener = Listener(world, smtp_server)
    assert listener.pass_() == []
    (world.folder / "repositories" / "local").rename(world.folder / "hidden")
    [mail] = listener.pass_(after=2 * HOUR)
    assert mail.startswith("[backup] BREACHED: repository local (6 assets)\n")
    assert "a, b, c, d, e and 1 more" in mail
    assert mail.count("BREACHED") == 2, "the subject, and the one item"
    assert [listener.pass_(after=HOUR) for _ in range(4)] == [[]] * 4
    (world.folder / "hidden").rename(world.folder / "repositories" / "local")
    [over] = listener.pass_(after=HOUR)
    assert "RESOLVED: repository local" in over
    assert "BREACHED" not in over


def test_what_lasts_is_mailed_again_after_a_day(listener: Listener) -> None:
    (listener.world.folder / "repositories" / "local").rename(listener.world.folder / "hidden")
    assert len(listener.pass_(after=HOUR)) == 1
    assert [listener.pass_(after=6 * HOUR) for _ in range(3)] == [[]] * 3
    [mail] = listener.pass_(after=6 * HOUR)
    assert mail.startswith("[backup] STILL BREACHED: repository local (2 assets)\n")


def test_a_lock_that_somebody_holds_for_long_is_told(listener: Listener) -> None:
    file = lock(listener.world)
    told = "\n".join(mail for after in (HOUR, 3 * MINUTE, 5 * MINUTE) for mail in listener.pass_(after=after))
    assert "FAILING: backup in local (2 assets)" in told
    assert "BREACHED: freshness in local" in told
    assert "pid 77" in told or "elsewhere" in told
    file.unlink()
    over = listener.pass_(after=2 * HOUR)
    assert "RESOLVED: backup in local" in over[-1]


def test_a_change_that_waits_is_told_after_an_hour_with_its_command(
    listener: Listener, smtp_server: SmtpServer
) -> None:
    world = listener.world
    text = world.head(last=1) + mailed(smtp_server) + f"---\n{world.asset('docs', 'local')}"
    world.policy.commit({"policy.yaml": text})
    assert listener.pass_() == []
    [mail] = listener.pass_(after=61 * MINUTE)
    found = re.search(
        r"WAITS FOR APPROVAL: policy asset/docs.*\n(.*\n)*?  to lift: reconciler approve (\w+) --reason", mail
    )
    assert found, mail
    world.approve(found[2])
    [over] = listener.pass_(after=MINUTE)
    assert "RESOLVED: policy asset/docs" in over


def test_a_broken_policy_is_told_within_the_hour_and_its_mending_too(listener: Listener) -> None:
    good = (listener.world.policy.path / "policy.yaml").read_text()
    listener.world.policy.commit({"policy.yaml": good + "---\n<<<<<<< HEAD\n"})
    [mail] = listener.pass_(after=MINUTE)
    assert "POLICY: applied test: the newest policy is not enforced" in mail
    listener.world.policy.commit({"policy.yaml": good})
    [over] = listener.pass_(after=MINUTE)
    assert "RESOLVED: applied test" in over


def test_a_source_that_cannot_be_read_is_told_within_the_hour(listener: Listener) -> None:
    listener.world.policy.path.rename(listener.world.folder / "away")
    assert listener.pass_(after=MINUTE) == []
    said = listener.pass_(after=31 * MINUTE)
    assert "POLICY: applied test" in said[0]


def test_backups_that_vanish_block_deletions_and_both_is_told(listener: Listener) -> None:
    for _ in range(5):
        listener.pass_(after=HOUR)
    victim = listener.world.facts("docs", "local").backups[0].id
    (listener.world.folder / "repositories" / "local" / "snapshots" / victim).unlink()
    listener.news()
    said = listener.pass_(after=5 * DAY)
    assert "BREACHED: repository local" in said[0]
    assert "gone that nobody deleted" in said[0]
    blocked = listener.pass_(after=61 * MINUTE)
    assert any("BLOCKED: deletions in local" in mail and "--accept-vanished local" in mail for mail in blocked)


def test_slack_gets_it_escaped_and_a_webhook_is_named_by_its_reference(
    world: World, webhook: WebhookServer, monkeypatch: pytest.MonkeyPatch, smtp_server: SmtpServer
) -> None:
    monkeypatch.setenv("HOOK", f"{webhook.url}/canary-T00-hook")
    world.data("docs")
    commit(world, HOOK, "docs")
    listener = Listener(world, smtp_server)
    listener.pass_()
    shutil.rmtree(world.folder / "data" / "docs")
    webhook.status = 500
    listener.pass_(after=3 * HOUR)
    assert len(webhook.received) == 1
    with world.desk() as desk:
        errors = {said.error for said in desk.catalog.alerted().values()}
    assert errors == {"the webhook in env:HOOK answered 500. Next: look at the receiver"}
    webhook.status = 200
    listener.pass_(after=HOUR)
    text = json.loads(webhook.received[-1].body)["text"]
    assert "BREACHED: freshness docs/local" in text
    assert set(json.loads(webhook.received[-1].body)) == {"text"}
    with world.desk() as desk:
        assert all(said.delivered for said in desk.catalog.alerted().values())


def test_an_alert_that_cannot_be_delivered_is_shown_and_tried_again(
    listener: Listener, capsys: pytest.CaptureFixture[str]
) -> None:
    line = CommandLine(listener.world, capsys)
    listener.server.refuses = True
    shutil.rmtree(listener.world.folder / "data" / "docs")
    assert listener.pass_(after=3 * HOUR) == []
    assert "alert mail cannot be delivered: 127.0.0.1:" in line.say("status").err
    listener.server.refuses = False
    [mail] = listener.pass_(after=3 * MINUTE)
    assert "BREACHED: freshness docs/local" in mail
    assert "cannot be delivered" not in line.say("status").err


def test_nobody_answers_and_the_next_one_is_told(world: World, smtp_server: SmtpServer) -> None:
    world.data("docs")
    head = world.head().replace(
        'metadata: {name: platform}\nspec: {email: platform@example.org, phone: "+34 600 000 000"}',
        "metadata: {name: platform}\nspec: {email: platform@example.org, escalation: lead, escalateAfter: 45m}",
    )
    world.policy.commit({"policy.yaml": head + LEAD + mailed(smtp_server) + f"---\n{world.asset('docs', 'local')}"})
    listener = Listener(world, smtp_server)
    listener.pass_()
    (world.folder / "repositories" / "local").rename(world.folder / "hidden")
    listener.pass_(after=HOUR)
    assert listener.reached() == ["platform@example.org"]
    assert listener.pass_(after=30 * MINUTE) == []
    [mail] = listener.pass_(after=20 * MINUTE)
    assert listener.reached() == ["platform@example.org", "lead@example.org"]
    assert "told lead (+34 600 111 222) too" in mail
    assert listener.pass_(after=20 * MINUTE) == []


def test_a_passphrase_is_in_no_message_and_no_note(listener: Listener) -> None:
    listener.world.key.chmod(0o600)
    listener.world.key.write_text(f"{CANARY}-wrong")
    listener.world.key.chmod(0o400)
    said = [mail for _ in range(4) for mail in listener.pass_(after=2 * HOUR)]
    assert said
    assert CANARY not in "".join(said)
    assert all(CANARY not in mail.message.as_string() for mail in listener.server.mails)
    for file in (listener.world.folder / "state").glob("*"):
        assert not file.is_file() or CANARY.encode() not in file.read_bytes(), file


def test_what_was_told_is_remembered_by_the_journal_when_the_listings_are_deleted(listener: Listener) -> None:
    (listener.world.folder / "repositories" / "local").rename(listener.world.folder / "hidden")
    assert len(listener.pass_(after=HOUR)) == 1
    for file in (listener.world.folder / "state").glob("catalog.db*"):
        file.unlink()
    assert listener.pass_(after=MINUTE) == []
