"""When restic's unlock may run: only where it removes the locks of dead processes of this host and hurts nobody."""

from __future__ import annotations

import os
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.engines.restic.locks import Process, process_of, refusal, wait_for_burials
from reconciler.engines.restic.parse import Lock

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def refused(host: str, minutes: int, holder: tuple[str, int] | None) -> bool:
    """``holder``: who has the number now, and how many minutes ago it started."""
    found = Process(holder[0], NOW - holder[1] * MINUTE) if holder else None
    return refusal([Lock(host, 7, NOW - minutes * MINUTE)], "here", lambda _pid: found, NOW) is not None


@pytest.mark.parametrize(
    ("host", "minutes", "holder", "expected"),
    [
        ("here", 1, None, False),
        ("here", 5000, None, False),
        ("here", 10, ("restic", 11), False),  # alive: restic keeps that lock by itself
        ("here", 40, ("restic", 41), True),  # alive but suspended: restic would take it for stale
        ("here", 10, ("postgres", 11), True),  # would get a SIGHUP
        ("here", 10, ("postgres", 2), True),
        ("here", 40, ("postgres", 2), False),  # old enough to be removed without a signal
        ("here", 40, ("restic", 2), False),
        ("elsewhere", 1, None, False),  # restic leaves it
        ("elsewhere", 24, ("restic", 25), False),
        ("elsewhere", 26, None, True),
        ("elsewhere", 5000, None, True),
    ],
)
def test_unlock_runs_only_where_it_hurts_nobody(
    host: str, minutes: int, holder: tuple[str, int] | None, expected: bool
) -> None:
    assert refused(host, minutes, holder) is expected


def test_one_objection_is_enough_and_names_the_holder() -> None:
    locks = [Lock("here", 7, NOW - MINUTE), Lock("elsewhere", 8, NOW - 60 * MINUTE)]
    found = refusal(locks, "here", lambda _pid: None, NOW)
    assert found is not None
    assert "process 8 on elsewhere since 2026-11-24 09:00 UTC" in str(found)
    assert refusal([], "here", lambda _pid: None, NOW) is None


def test_a_process_that_is_dead_and_not_buried_is_no_holder_and_is_waited_for() -> None:
    process = subprocess.Popen(["true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert process_of(process.pid) is None
    began = time.monotonic()
    wait_for_burials([process.pid, os.getpid()], patience=0.3 * timedelta(seconds=1))
    assert time.monotonic() - began >= 0.3
    process.wait()
    wait_for_burials([process.pid], patience=timedelta(days=1))


def test_this_process_is_found_with_its_start() -> None:
    found = process_of(os.getpid())
    assert found is not None
    assert datetime.now(UTC) - timedelta(days=1) < found.since < datetime.now(UTC) + timedelta(minutes=5)
    assert process_of(2**22 + 1) is None
