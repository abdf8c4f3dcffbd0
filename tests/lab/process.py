"""A server process for the time of a test: started, waited for, and surely gone afterwards."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.lab.require import require


class ServerFailed(AssertionError):
    """The server ended, or did not answer in time; its log is in the message."""


@contextmanager
def running(
    command: Sequence[str],
    *,
    answers: Callable[[], bool],
    log: Path,
    seconds: float = 60,
    environment: Mapping[str, str] | None = None,
) -> Iterator[int]:
    """Run a server until the block ends; yields its process id once `answers` has returned true.

    The server and its descendants are killed on the way out; the kernel kills it when this process dies.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            [require("setpriv"), "--pdeathsig", "KILL", "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
        )
    try:
        _wait_until(answers, process, log, seconds)
        yield process.pid
    finally:
        _kill(process)


def listens(port: int) -> bool:
    """Whether something accepts connections on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_until(answers: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, seconds: float) -> None:
    end = time.monotonic() + seconds
    while process.poll() is None:
        if answers():
            return
        if time.monotonic() > end:
            raise ServerFailed(f"no answer within {seconds:g} s: {_tail(log)}")
        time.sleep(0.02)
    raise ServerFailed(f"ended with exit code {process.returncode}: {_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


def _kill(process: subprocess.Popen[bytes]) -> None:
    # sshd puts each connection into a session of its own, where a signal to the group does not reach.
    descendants: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        descendants += psutil.Process(process.pid).children(recursive=True)
    for one in descendants:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    process.kill()
    process.wait(timeout=30)
    # A killed process takes a moment to go on a busy machine, and holds its ports and files until then.
    end = time.monotonic() + 30
    while any(_lives(one) for one in descendants) and time.monotonic() < end:
        time.sleep(0.01)


def _lives(process: psutil.Process) -> bool:
    # Whoever inherits an orphan may be slow to bury it; a zombie holds nothing any more.
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
