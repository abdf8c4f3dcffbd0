"""The way of telling is itself broken, or what is to be told is that nothing runs: nobody is left in the dark."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.errors import CatalogError, LeaderElsewhere, UsageError
from reconciler.operations import aside, outage
from reconciler.operations.alerting import after_pass, after_trouble
from reconciler.operations.aside import place_of
from reconciler.operations.delivery import Delivery, deliver
from reconciler.operations.desk import open_desk
from reconciler.operations.outage import told_when_it_fails
from reconciler.operations.passing import Pass
from tests.e2e.commandline import ROOT, CommandLine
from tests.e2e.listening import Listener, mailed
from tests.e2e.world import CANARY, World, make_world
from tests.lab.clock import ShiftedClock
from tests.lab.disk import fill, small_disk
from tests.lab.ports import free_port
from tests.lab.smtp import SmtpServer
from tests.lab.webhook import WebhookServer

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


@pytest.fixture
def listener(world: World, smtp_server: SmtpServer) -> Listener:
    world.data("docs")
    text = world.head() + mailed(smtp_server) + f"---\n{world.asset('docs', 'local')}"
    world.policy.commit({"policy.yaml": text})
    listener = Listener(world, smtp_server)
    assert listener.pass_() == []
    return listener


def command(listener: Listener, *words: str) -> subprocess.CompletedProcess[str]:
    """``reconciler`` as a timer starts it."""
    config = listener.world.folder / "host" / "reconciler.yaml"
    return subprocess.run(
        [sys.executable, "-m", "reconciler", "--config", str(config), *words],
        cwd=listener.world.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
    )


@contextmanager
def silence() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield silent.getsockname()[1]


# What receivers do


def test_a_receiver_that_drips_for_ever_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def hang() -> str:
        released.wait(300)
        return ""

    began = time.monotonic()
    found = deliver({"alert hangs": hang, "alert works": lambda: ""}, within=5)
    assert time.monotonic() - began < 120
    released.set()
    assert found["alert works"] == Delivery(delivered=True)
    assert found["alert hangs"] == Delivery(delivered=False, error="it was not done within 5 seconds")


def test_a_send_that_raises_anything_is_a_failed_delivery() -> None:
    def broken() -> str:
        raise ZeroDivisionError(CANARY)

    assert deliver({"a": broken}) == {"a": Delivery(delivered=False, error="unexpected ZeroDivisionError")}


def test_a_dead_mail_server_neither_fails_nor_delays_a_pass(world: World, webhook: WebhookServer) -> None:
    world.data("docs")
    with silence() as port:
        dead = mailed(SmtpServer("127.0.0.1", port))
        world.policy.commit({"policy.yaml": f"{world.head()}{dead}---\n{world.asset('docs', 'local')}"})
        quiet = Listener(world, SmtpServer("127.0.0.1", port))
        quiet.pass_()
        shutil.rmtree(world.folder / "data" / "docs")
        began = time.monotonic()
        quiet.pass_(after=3 * HOUR)
        assert time.monotonic() - began < 100
    assert [one.error.code for one in quiet.results[-1].failures if one.error] == ["source-missing"]
    with world.desk() as desk:
        assert {said.delivered for said in desk.catalog.alerted().values()} == {False}


# The heartbeat


def beating(world: World, url: str) -> None:
    """The host settings with a heartbeat."""
    config = world.folder / "host" / "reconciler.yaml"
    config.write_text(config.read_text() + f"heartbeat: {url}\n")
    world.settings = world.settings.model_copy(update={"heartbeat": url})


def test_the_heartbeat_comes_after_each_completed_pass_and_only_then(
    listener: Listener, webhook: WebhookServer
) -> None:
    beating(listener.world, webhook.url)
    listener.pass_(after=MINUTE)
    assert [(one.method, one.path) for one in webhook.received] == [("GET", "/hook")]
    shutil.rmtree(listener.world.folder / "data" / "docs")
    listener.pass_(after=2 * HOUR)
    assert len(webhook.received) == 2, "a pass with failures inside is completed"
    with listener.world.desk() as desk:
        after_trouble(desk, CatalogError("the catalog cannot be opened"))
    assert len(webhook.received) == 2


def test_no_policy_in_force_gives_no_heartbeat(world: World, webhook: WebhookServer, smtp_server: SmtpServer) -> None:
    beating(world, webhook.url)
    world.policy.commit({"policy.yaml": "nonsense: true\n"})
    listener = Listener(world, smtp_server)
    listener.pass_()
    assert listener.results[-1].plan is None
    assert webhook.received == []


def test_a_heartbeat_that_does_not_arrive_is_shown(listener: Listener, capsys: pytest.CaptureFixture[str]) -> None:
    beating(listener.world, f"http://127.0.0.1:{free_port()}/canary-beat")
    listener.pass_(after=MINUTE)
    said = CommandLine(listener.world, capsys).say("status").err
    assert "the heartbeat does not arrive: the heartbeat cannot be reached (Connection refused)" in said
    assert "canary-beat" not in said


# Nothing runs


def test_a_hung_leader_is_told_when_no_pass_completes_any_more(listener: Listener) -> None:
    world = listener.world

    def knock() -> list[str]:
        clock = ShiftedClock(world.shift)
        with (
            suppress(LeaderElsewhere),
            told_when_it_fails(world.settings, clock),
            open_desk(world.settings, verb="reconcile", lead=True, clock=clock),
        ):
            pass
        return listener.news()

    with world.desk():
        assert knock() == []
        world.later(minutes=59)
        assert knock() == []
        world.later(minutes=2)
        [mail] = knock()
        assert mail.startswith("[backup] FAILING: the lock of this host\n")
        assert "another reconciler leads" in mail
        assert "test (pid" in mail
        assert knock() == []
    [over] = listener.pass_(after=MINUTE)
    assert "RESOLVED: the lock of this host" in over
    assert listener.pass_(after=MINUTE) == []


def test_a_busy_leader_that_completes_passes_is_no_trouble(listener: Listener) -> None:
    world = listener.world
    with world.desk():
        for _ in range(3):
            world.later(minutes=50)
            clock = ShiftedClock(world.shift)
            with pytest.raises(LeaderElsewhere), told_when_it_fails(world.settings, clock):
                open_desk(world.settings, verb="reconcile", lead=True, clock=clock).__enter__()
            aside.note_completed(aside.Place(Path(world.settings.state), "here", clock, {}))
    assert listener.news() == []


def test_a_catalog_that_cannot_be_opened_is_told_by_the_command_itself(listener: Listener) -> None:
    journal = listener.world.folder / "state" / "journal.db"
    journal.rename(journal.with_name("aside"))
    journal.mkdir()
    for _ in range(2):
        done = command(listener, "reconcile")
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
    [mail] = listener.news()
    assert mail.startswith("[backup] FAILING: the pass itself\n")
    assert "nothing can run:" in mail
    journal.rmdir()
    journal.with_name("aside").rename(journal)
    [over] = listener.pass_(after=MINUTE)
    assert "RESOLVED: the pass itself" in over


def test_a_pass_that_fails_as_a_whole_is_told_once_and_remembered_daily(listener: Listener) -> None:
    def trouble() -> list[str]:
        with listener.world.desk() as desk:
            after_trouble(desk, CatalogError("the catalog is locked by another process", remedy="end it"))
        return listener.news()

    [mail] = trouble()
    assert "FAILING: the pass itself: nothing can run: the catalog is locked by another process. Next: end it" in mail
    assert [trouble() for _ in range(5)] == [[]] * 5
    listener.world.later(days=1)
    [mail] = trouble()
    assert mail.startswith("[backup] STILL FAILING: the pass itself\n")


def test_a_catalog_that_dies_after_the_pass_is_told_and_repeats_nothing(listener: Listener) -> None:
    """The journal takes no entry any more: what was mailed is not mailed again by the same loop."""
    world = listener.world
    shutil.rmtree(world.folder / "data" / "docs")
    world.later(hours=3)
    with world.desk() as desk:
        result = Pass(desk).run()
        with closing(sqlite3.connect(world.folder / "state" / "journal.db", isolation_level=None)) as other:
            other.execute("CREATE TRIGGER full BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'disk full'); END")
            for _ in range(3):
                after_pass(desk, result)
            told = listener.news()
            other.execute("DROP TRIGGER full")
        after_pass(desk, result)
        assert desk.unrecorded == []
        assert {said.delivered for said in desk.catalog.alerted().values()} == {True}
    assert len([mail for mail in told if "BREACHED: freshness docs/local" in mail]) == 1
    assert len([mail for mail in told if "FAILING: the pass itself" in mail]) == 1
    [over] = listener.news()
    assert "RESOLVED: the pass itself" in over


def test_a_full_disk_is_told_once(tmp_path: Path, smtp_server: SmtpServer) -> None:
    """What was told is written in place, which needs no room."""
    with small_disk(tmp_path / "small", "4m") as small:
        world = make_world(tmp_path / "world")
        world.data("docs")
        world.settings = world.settings.model_copy(update={"state": str(small / "state")})
        text = world.head() + mailed(smtp_server) + f"---\n{world.asset('docs', 'local')}"
        world.policy.commit({"policy.yaml": text})
        listener = Listener(world, smtp_server)
        with world.desk() as desk:
            place, policy = place_of(desk), Pass(desk).run().policy
            assert policy is not None
            aside.keep_people(place, policy)
        fill(small)
        for _ in range(4):
            outage.tell(place, CatalogError("the disk is full", remedy="make room"))
        [mail] = listener.news()
        assert "the disk is full" in mail
        outage.over(place)
        outage.over(place)
        [over] = listener.news()
        assert "RESOLVED: the pass itself" in over


def test_the_notes_beside_the_catalog_may_be_lost_or_hold_anything(listener: Listener) -> None:
    state = listener.world.folder / "state"
    for content in (b"", b"\0" * 5000, b"{", b"[]", b'{"mail": 3}', b"\xff\xfe"):
        for name in ("alerts.json", "alerts-said.json", "last-pass"):
            (state / name).write_bytes(content)
        assert listener.pass_(after=MINUTE) == []
        assert (state / "alerts.json").read_text().startswith('{"name":"test"')
    for name in ("alerts.json", "alerts-said.json", "last-pass"):
        (state / name).unlink()
        (state / name).symlink_to("/etc/passwd")
    before = Path("/etc/passwd").read_bytes()
    listener.pass_(after=MINUTE)
    assert Path("/etc/passwd").read_bytes() == before


def test_what_is_kept_beside_the_catalog_is_private_and_holds_no_secret(listener: Listener) -> None:
    state = listener.world.folder / "state"
    for name in ("alerts.json", "alerts-said.json", "last-pass"):
        assert (state / name).stat().st_mode & 0o077 == 0
        assert CANARY.encode() not in (state / name).read_bytes()


def test_wrong_words_are_no_outage(listener: Listener) -> None:
    with pytest.raises(UsageError), told_when_it_fails(listener.world.settings):
        raise UsageError("wrong words")
    assert listener.news() == []


def test_a_killed_loop_has_told_nothing_twice(listener: Listener) -> None:
    """SIGKILL between the mail and its note: at most one message more, never a storm."""
    world = listener.world
    # A trouble that is the same at any time: the killed processes run on the machine's clock.
    shutil.rmtree(world.folder / "repositories" / "local")
    config = world.folder / "host" / "reconciler.yaml"
    listener.pass_(after=MINUTE)
    told = len(listener.server.mails)
    assert told
    for wait in (0.5, 1.0, 1.5):
        process = subprocess.Popen(
            [sys.executable, "-m", "reconciler", "--config", str(config), "reconcile"],
            cwd=world.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
    listener.pass_(after=MINUTE)
    assert len(listener.server.mails) - told <= 1
