"""One pass of the product as a process of its own, under a shifted clock: what the sweeps kill."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from typing_extensions import override

from reconciler.engines.protocol import OnProgress, silent
from reconciler.errors import ReconcilerError
from reconciler.execution.board import Board
from reconciler.kit.settings_file import read_settings
from reconciler.obligations.actions import Action
from reconciler.operations.desk import open_desk
from reconciler.operations.passing import Pass
from tests.lab.clock import ShiftedClock

_PRELOADED = ("tests.faults.passing", "reconciler.execution.executor", "reconciler.gitops.source", "git", "sqlalchemy")


class TellingBoard(Board):
    """Says at once, in whole lines, which action starts and how it ended."""

    @override
    def start(self, action: Action) -> OnProgress:
        _say(f"start {action.verb.value} {_target(action)}")
        return silent

    @override
    def end(self, action: Action, line: str, succeeded: bool) -> None:
        _say(f"{'end' if succeeded else 'FAILED'} {action.verb.value} {_target(action)}: {line}")


def one_pass(config: str, seconds: float, log: str) -> None:
    """A pass, its output appended to ``log``; ends the process with 0, or 1 after a failure."""
    stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for standard in (1, 2):
        os.dup2(stream, standard)
    os.close(stream)
    try:
        clock = ShiftedClock(timedelta(seconds=seconds))
        settings = read_settings(Path(config), os.environ)
        with open_desk(settings, verb="reconcile", lead=True, clock=clock) as desk:
            result = Pass(desk, TellingBoard()).run()
        _say("pass ended" + "".join(f"; {notice}" for notice in result.notices))
        code = 1 if result.failures else 0
    except ReconcilerError as error:
        _say(f"error {error.code}: {error}")
        code = 1
    os._exit(code)


def start_pass(config: Path, shift: timedelta, log: Path) -> ForkServerProcess:
    """Begin a pass in a process forked from one that has everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    process = context.Process(target=one_pass, args=(str(config), shift.total_seconds(), str(log)), daemon=False)
    process.start()
    return process


def wait_for(process: ForkServerProcess, seconds: float = 180) -> int:
    """Its exit code (negative: the signal)."""
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise AssertionError(f"a pass did not end within {seconds:.0f} s")
    return process.exitcode


def _target(action: Action) -> str:
    return f"{getattr(action, 'asset', '-')} {getattr(action, 'repository', '-')}"


def _say(line: str) -> None:
    os.write(1, f"{time.monotonic():.4f} {line}\n".encode())


if __name__ == "__main__":
    one_pass(sys.argv[1], float(sys.argv[2]), sys.argv[3])
