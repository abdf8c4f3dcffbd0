"""Metrics and health over real sockets: readable by Prometheus, honest about a dead loop, held up by nobody."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from reconciler.errors import SettingsError
from reconciler.execution.executor import Done
from reconciler.kit.clock import FixedClock
from reconciler.obligations.actions import BackUp
from reconciler.observed.facts import Observed, PolicyFacts
from reconciler.observed.reason import Reason
from reconciler.operations import serving as room
from reconciler.operations.alerting import after_pass
from reconciler.operations.passing import Pass, PassResult
from reconciler.operations.policy_state import PolicyState
from reconciler.operations.serving import Stage, serving
from reconciler.plan.build import make_plan
from tests.e2e.world import World, make_world
from tests.unit.obligations.policies import (
    HOUR,
    LIMITS,
    NOW,
    asset,
    backup,
    compiled,
    facts,
    failed,
    placement,
    policy,
    ready,
    world,
)

POLL = timedelta(seconds=30)
LONG = 120
"""Seconds that no busy machine needs."""
WIKI = policy(asset("wiki", placement("local"), placement("nas", "local")))


@dataclass(slots=True)
class Hand:
    """A clock that is turned by hand."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0

    def boot(self) -> float | None:
        return None


def scraped(address: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample, as Prometheus' own parser reads it."""
    with urlopen(f"{address}/metrics") as answer:
        assert answer.headers["content-type"].startswith("text/plain")
        text = answer.read().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def asked(address: str, path: str, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
    """The status and the content of an answer."""
    host, _, port = address.removeprefix("http://").rpartition(":")
    with closing(http.client.HTTPConnection(host.strip("[]"), int(port), timeout=LONG)) as connection:
        connection.request(method, path, body=body)
        answer = connection.getresponse()
        return answer.status, answer.read()


@contextmanager
def staged(clock: Hand | None = None) -> Iterator[tuple[Stage, str]]:
    """A stage that is served on any free port."""
    stage = Stage(clock or Hand(), POLL)
    with serving(("127.0.0.1", 0), stage) as address:
        yield stage, address


def result(observed: Observed | None = None, *done: Done) -> PassResult:
    """What a pass over that world gives."""
    observed = observed or world(
        ready("local", total=1000, free=400),
        facts("local", backup("one", NOW - HOUR / 2)),
        facts("nas", failures=2, last=failed(NOW)),
    )
    plan = make_plan(compiled(WIKI), observed, WIKI, LIMITS, "f" * 40, NOW)
    return PassResult(PolicyState(WIKI, PolicyFacts()), plan, done, policy=WIKI, observed=observed)


def test_every_metric_has_its_value() -> None:
    action = BackUp("wiki", "local", Reason("slot"), NOW, NOW)
    clock = Hand()
    with staged(clock) as (stage, address):
        stage.begin()
        clock.at += timedelta(seconds=12)
        stage.end(result(None, Done(action, "ok"), Done(action, "ok")), undelivered=1)
        found = scraped(address)
    place = (("asset", "wiki"), ("repository", "local"))
    assert found["reconciler_backup_age_seconds", place] == 1812
    assert found["reconciler_backup_rpo_seconds", place] == 3600
    assert found["reconciler_backups", place] == 1
    assert found["reconciler_backup_failures", (("asset", "wiki"), ("repository", "nas"))] == 2
    assert ("reconciler_backup_age_seconds", (("asset", "wiki"), ("repository", "nas"))) not in found
    assert found["reconciler_repository_free_bytes", (("repository", "local"),)] == 400
    assert found["reconciler_repository_total_bytes", (("repository", "local"),)] == 1000
    assert found["reconciler_repository_ready", (("repository", "nas"),)] == 1
    assert found["reconciler_last_pass_timestamp_seconds", ()] == clock.at.timestamp()
    assert found["reconciler_pass_duration_seconds", ()] == 12
    assert found["reconciler_actions_total", (("outcome", "succeeded"), ("verb", "backup"))] == 2
    assert found["reconciler_alert_undelivered", ()] == 1
    assert found["reconciler_blocked_actions", ()] == 0
    assert found["reconciler_pending_approvals", ()] == 0
    assert found["reconciler_policy_applied_info", (("policy", "iact"), ("revision", "f" * 40))] == 1


def test_each_promise_is_in_exactly_one_state() -> None:
    with staged() as (stage, address):
        stage.end(result())
        found = scraped(address)
    states: dict[tuple[tuple[str, str], ...], float] = {}
    for (name, labels), value in found.items():
        if name == "reconciler_promise_state":
            about = tuple(pair for pair in labels if pair[0] != "state")
            states[about] = states.get(about, 0) + value
    assert len(states) == len(compiled(WIKI))
    assert set(states.values()) == {1}
    fresh = {"kind": "freshness", "asset": "wiki", "repository": "local", "name": "", "state": "met"}
    assert found["reconciler_promise_state", tuple(sorted(fresh.items()))] == 1


def test_actions_are_counted_from_the_start_of_the_loop() -> None:
    action = BackUp("wiki", "local", Reason("slot"), NOW, NOW)
    with staged() as (stage, address):
        for _ in range(3):
            stage.end(result(None, Done(action, "ok")))
        assert scraped(address)["reconciler_actions_total", (("outcome", "succeeded"), ("verb", "backup"))] == 3


def test_a_pass_that_could_not_run_leaves_the_last_one_to_be_seen_and_to_age() -> None:
    clock = Hand()
    with staged(clock) as (stage, address):
        stage.end(result())
        clock.at += timedelta(minutes=10)
        stage.begin()
        stage.end(None)
        found = scraped(address)
    assert found["reconciler_last_pass_timestamp_seconds", ()] == NOW.timestamp()
    assert found["reconciler_backup_age_seconds", (("asset", "wiki"), ("repository", "local"))] == 2400


def test_nothing_is_claimed_before_the_first_pass() -> None:
    with staged() as (_stage, address):
        assert {name for name, _ in scraped(address)} == {
            "reconciler_last_pass_timestamp_seconds",
            "reconciler_pass_duration_seconds",
            "reconciler_alert_undelivered",
        }
        assert asked(address, "/healthz")[0] == 503


@pytest.mark.parametrize(
    ("interval", "minutes", "status"),
    [(POLL, 14, 200), (POLL, 15, 503), (timedelta(minutes=10), 29, 200), (timedelta(minutes=10), 30, 503)],
)
def test_health_follows_the_newest_completed_pass(interval: timedelta, minutes: int, status: int) -> None:
    clock = Hand()
    stage = Stage(clock, interval)
    with serving(("127.0.0.1", 0), stage) as address:
        stage.begin()
        stage.end(result())
        clock.at += timedelta(minutes=minutes)
        code, content = asked(address, "/healthz")
    assert code == status
    assert json.loads(content) == {
        "status": "ok" if status == 200 else "stalled",
        "lastPass": "2026-11-24T12:00:00Z",
        "running": False,
        "revision": "f" * 40,
    }


def test_a_long_pass_is_no_dead_loop() -> None:
    clock = Hand()
    with staged(clock) as (stage, address):
        stage.end(result())
        stage.begin()
        clock.at += timedelta(hours=9)
        assert asked(address, "/healthz")[0] == 200
        stage.end(None)
        assert asked(address, "/healthz")[0] == 503


@pytest.mark.parametrize("path", ["/", "/metrics/", "/metrics/../etc/passwd", "/healthz2", "/%2e%2e/"])
def test_there_is_nothing_else(path: str) -> None:
    with staged() as (_stage, address):
        assert asked(address, path)[0] == 404


def test_a_query_changes_nothing() -> None:
    with staged() as (_stage, address):
        assert asked(address, "/metrics?name[]=x")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "BREW"])
def test_only_get_is_answered(method: str) -> None:
    with staged() as (_stage, address):
        assert asked(address, "/metrics", method, b"x" if method == "POST" else None)[0] == 405


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /" + b"a" * 5000 + b" HTTP/1.0\r\n\r\n", b"414"),
        (b"GET /" + b"a" * 70000 + b" HTTP/1.0\r\n\r\n", b"414"),
        (b"GET /metrics HTTP/1.0\r\n" + b"a: b\r\n" * 200 + b"\r\n", b"431"),
        (b"GET /metrics HTTP/1.0\r\na: " + b"b" * 70000 + b"\r\n\r\n", b"431"),
        (b"\x00\xff\x16\x03\r\n\r\n", b"400"),
        (b"GET\r\n\r\n", b"400"),
    ],
)
def test_what_is_too_large_or_no_request_is_refused(request_: bytes, status: bytes) -> None:
    with staged() as (_stage, address):
        port = int(address.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=LONG) as client:
            client.sendall(request_)
            client.shutdown(socket.SHUT_WR)
            answer = b""
            while part := _received(client):
                answer += part
        assert not answer or status in answer.splitlines()[0], answer[:100]
        assert asked(address, "/metrics")[0] == 200


def _received(client: socket.socket) -> bytes:
    try:
        return client.recv(4096)
    except ConnectionResetError:
        return b""


@pytest.mark.slow
def test_clients_that_drip_or_stay_silent_hold_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "DEADLINE", 1.0)
    with staged() as (_stage, address):
        port, before = int(address.rpartition(":")[2]), threading.active_count()
        slow = [socket.create_connection(("127.0.0.1", port), timeout=LONG) for _ in range(12)]
        begun = time.monotonic()
        while threading.active_count() < before + 2 * len(slow) and time.monotonic() < begun + 1:
            time.sleep(0.01)
        # Their second runs; whoever comes now is not let go for being served by a busy machine.
        monkeypatch.setattr(room, "DEADLINE", LONG / 2)
        stop = threading.Event()

        def drip() -> None:
            while not stop.wait(0.1):
                for one in slow:
                    try:
                        one.send(b"G")
                    except OSError:
                        continue

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            assert asked(address, "/metrics")[0] == 200, "others are served meanwhile"
            for one in slow:
                while _received(one):
                    pass
        finally:
            stop.set()
            dripping.join()
            for one in slow:
                one.close()
        assert asked(address, "/metrics")[0] == 200


@pytest.mark.slow
def test_more_clients_than_there_is_room_for_are_turned_away_and_let_in_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "DEADLINE", 1.0)
    with staged() as (_stage, address):
        port = int(address.rpartition(":")[2])
        held = [socket.create_connection(("127.0.0.1", port), timeout=LONG) for _ in range(40)]
        for one in held:
            while _received(one):
                pass
            one.close()
        monkeypatch.setattr(room, "DEADLINE", LONG / 2)
        assert asked(address, "/metrics")[0] == 200


def test_a_busy_port_is_one_clear_line() -> None:
    with staged() as (_stage, address):
        port = int(address.rpartition(":")[2])
        with pytest.raises(SettingsError) as caught, serving(("127.0.0.1", port), Stage(FixedClock(NOW), POLL)):
            pass
    expected = f"cannot listen on 127.0.0.1:{port} (Address already in use). Next: set another address as listen"
    assert str(caught.value) == expected


def test_it_listens_where_it_is_told_and_nowhere_else() -> None:
    with serving(("::1", 0), Stage(Hand(), POLL)) as address:
        assert address.startswith("http://[::1]:")
        assert asked(address, "/metrics")[0] == 200
        port = int(address.rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=LONG).close()


def test_the_port_is_free_again_afterwards() -> None:
    with staged() as (_stage, address):
        port = int(address.rpartition(":")[2])
        asked(address, "/metrics")
    with serving(("127.0.0.1", port), Stage(Hand(), POLL)) as again:
        assert asked(again, "/metrics")[0] == 200


@pytest.fixture
def small_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.mark.slow
def test_a_real_pass_is_seen(small_world: World) -> None:
    small_world.data("docs")
    text = small_world.head() + "---\n" + small_world.asset("docs", "local", "second:local")
    small_world.policy.commit({"policy.yaml": text})
    with small_world.desk() as desk:
        stage = Stage(desk.clock, POLL)
        with serving(("127.0.0.1", 0), stage) as address:
            stage.begin()
            done = Pass(desk).run()
            stage.end(done, after_pass(desk, done))
            found = scraped(address)
    for repository in ("local", "second"):
        assert found["reconciler_backups", (("asset", "docs"), ("repository", repository))] == 1
        assert found["reconciler_backup_age_seconds", (("asset", "docs"), ("repository", repository))] < 120
        assert found["reconciler_repository_free_bytes", (("repository", repository),)] > 0
    assert ("reconciler_backups", (("asset", "reconciler-state"), ("repository", "local"))) in found
    assert found["reconciler_actions_total", (("outcome", "succeeded"), ("verb", "copy"))] >= 1
    assert not [labels for name, labels in found if "canary" in str(labels)]
