"""A server process for the time of a test: started, waited for, and surely gone afterwards."""

from __future__ import annotations

import contextlib
import signal
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
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.send_signal(signal.SIGKILL)
    process.kill()
    process.wait(timeout=30)
