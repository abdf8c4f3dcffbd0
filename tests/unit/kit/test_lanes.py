"""Leases hold between threads and between real processes, and end with whoever held them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.errors import LeaderElsewhere, RepositoryLocked
from reconciler.kit.clock import SystemClock
from reconciler.kit.lanes import Lanes, Mode, leader, leadership

AT_ONCE = timedelta(0)
LONG = timedelta(seconds=120)

_HOLD_LANE = """
import sys
from pathlib import Path
from reconciler.kit.clock import SystemClock
from reconciler.kit.lanes import Lanes, Mode
with Lanes(Path(sys.argv[1]), SystemClock()).lease("nas", Mode(sys.argv[2]), verb="prune"):
    print("held", flush=True)
    sys.stdin.read()
"""
_HOLD_LEADERSHIP = """
import sys
from pathlib import Path
from reconciler.kit.clock import SystemClock
from reconciler.kit.lanes import leadership
with leadership(Path(sys.argv[1]), SystemClock(), verb="run"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def second_process(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds something until it is told to end, or killed."""
    command = [sys.executable, "-c", script, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


@pytest.fixture
def lanes(tmp_path: Path) -> Lanes:
    return Lanes(tmp_path / "lanes", SystemClock())


def is_free(lanes: Lanes, mode: Mode, repository: str = "nas") -> bool:
    try:
        with lanes.lease(repository, mode, verb="probe", timeout=AT_ONCE):
            return True
    except RepositoryLocked:
        return False


@pytest.mark.parametrize(
    ("held", "asked", "free"),
    [
        (Mode.SHARED, Mode.SHARED, True),
        (Mode.SHARED, Mode.CHECK, True),
        (Mode.SHARED, Mode.EXCLUSIVE, False),
        (Mode.CHECK, Mode.SHARED, True),
        (Mode.CHECK, Mode.EXCLUSIVE, False),
        (Mode.EXCLUSIVE, Mode.SHARED, False),
        (Mode.EXCLUSIVE, Mode.CHECK, False),
        (Mode.EXCLUSIVE, Mode.EXCLUSIVE, False),
    ],
)
def test_forget_and_prune_run_alone_and_all_else_runs_together(
    lanes: Lanes, held: Mode, asked: Mode, free: bool
) -> None:
    with lanes.lease("nas", held, verb="first"):
        assert is_free(lanes, asked) is free
        assert is_free(lanes, Mode.EXCLUSIVE, "another")
    assert is_free(lanes, Mode.EXCLUSIVE)


def test_who_waits_in_vain_is_told_who_holds_the_lane(lanes: Lanes) -> None:
    with (
        lanes.lease("nas", Mode.SHARED, verb="backup wiki"),
        pytest.raises(RepositoryLocked, match=rf"^nas: .*backup wiki \(pid {os.getpid()} on ") as caught,
        lanes.lease("nas", Mode.EXCLUSIVE, verb="forget", timeout=timedelta(milliseconds=80)),
    ):
        pass
    assert caught.value.code == "repository-locked"


def test_a_waiter_gives_up_at_once_when_the_loop_drains(lanes: Lanes) -> None:
    stop = threading.Event()
    stop.set()
    with (
        lanes.lease("nas", Mode.EXCLUSIVE, verb="prune"),
        pytest.raises(RepositoryLocked),
        lanes.lease("nas", Mode.SHARED, verb="backup", stop=stop),
    ):
        pass


def test_threads_exclude_each_other(lanes: Lanes) -> None:
    inside = 0
    most = 0

    def work() -> None:
        nonlocal inside, most
        with lanes.lease("nas", Mode.EXCLUSIVE, verb="forget", timeout=LONG):
            inside += 1
            most = max(most, inside)
            time.sleep(0.005)
            inside -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_another_process_holds_the_lane_and_a_kill_frees_it(tmp_path: Path, lanes: Lanes) -> None:
    with second_process(_HOLD_LANE, str(tmp_path / "lanes"), "exclusive") as process:
        assert not is_free(lanes, Mode.SHARED)
        (holder,) = lanes.holders("nas")
        assert (holder.pid, holder.verb, holder.mode) == (process.pid, "prune", "exclusive")
        assert abs(holder.since - datetime.now(UTC)) < timedelta(minutes=5)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert is_free(lanes, Mode.EXCLUSIVE)
        assert lanes.holders("nas") == ()
    assert not list((tmp_path / "lanes").glob("*.holder"))


def test_a_child_that_outlives_a_killed_reconciler_keeps_the_lane(lanes: Lanes) -> None:
    with lanes.lease("nas", Mode.EXCLUSIVE, verb="prune") as lease:
        child = subprocess.Popen(["/bin/sleep", "600"], pass_fds=[lease.descriptor])
    try:
        assert not is_free(lanes, Mode.SHARED)
    finally:
        child.kill()
        child.wait()
    assert is_free(lanes, Mode.EXCLUSIVE)


def test_an_exclusive_waiter_out_of_patience_stops_new_shared_starts(tmp_path: Path) -> None:
    folder = tmp_path / "lanes"
    patient = Lanes(folder, SystemClock())
    hurried = Lanes(folder, SystemClock(), patience=timedelta(milliseconds=100))
    got_it = threading.Event()

    def wait_for_the_lane(lanes: Lanes, timeout: timedelta) -> None:
        with lanes.lease("nas", Mode.EXCLUSIVE, verb="forget", timeout=timeout):
            got_it.set()

    with patient.lease("nas", Mode.SHARED, verb="backup"):
        waiter = threading.Thread(target=wait_for_the_lane, args=(hurried, LONG))
        waiter.start()
        end = time.monotonic() + LONG.total_seconds()
        while is_free(patient, Mode.SHARED) and time.monotonic() < end:
            time.sleep(0.01)
        assert not is_free(patient, Mode.SHARED)
        assert not got_it.is_set()
    waiter.join()
    assert got_it.is_set()
    assert is_free(patient, Mode.SHARED)


def test_a_patient_exclusive_waiter_lets_shared_ones_start(lanes: Lanes) -> None:
    stop = threading.Event()

    def wait_in_vain() -> None:
        with pytest.raises(RepositoryLocked), lanes.lease("nas", Mode.EXCLUSIVE, verb="forget", stop=stop):
            pass

    with lanes.lease("nas", Mode.SHARED, verb="backup"):
        waiter = threading.Thread(target=wait_in_vain)
        waiter.start()
        time.sleep(0.15)
        assert is_free(lanes, Mode.SHARED)
        stop.set()
        waiter.join()


def test_two_reconcilers_do_not_lead_on_one_state_folder(tmp_path: Path) -> None:
    state = tmp_path / "state"
    clock = SystemClock()
    assert leader(state) is None
    with second_process(_HOLD_LEADERSHIP, str(state)) as process:
        with (
            pytest.raises(LeaderElsewhere, match=f"run .pid {process.pid} on"),
            leadership(state, clock, verb="reconcile"),
        ):
            pass
        found = leader(state)
        assert found is not None
        assert found.pid == process.pid
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert leader(state) is None
        with leadership(state, clock, verb="reconcile"):
            assert str(leader(state)).startswith("reconcile (pid")


def test_asking_who_leads_never_keeps_somebody_from_leading(tmp_path: Path) -> None:
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            leader(tmp_path)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        for _ in range(50):
            with leadership(tmp_path, SystemClock(), verb="reconcile"):
                pass
    finally:
        stop.set()
        thread.join()
