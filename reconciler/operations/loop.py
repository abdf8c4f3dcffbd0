"""The loop: a pass, then sleep until something is due, a commit arrives, or the poll; drains on SIGTERM."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import FrameType

from reconciler.catalog.failures import CatalogDamaged
from reconciler.errors import LeaderElsewhere, ReconcilerError
from reconciler.execution.board import Board, QuietBoard
from reconciler.gitops.watcher import SourceWatcher, watched_paths
from reconciler.operations.alerting import after_pass, after_trouble
from reconciler.operations.desk import Desk
from reconciler.operations.passing import Pass, PassResult
from reconciler.operations.serving import Stage

LONGEST_SLEEP = timedelta(minutes=5)
"""However quiet it is, the repositories are looked at this often: others delete and break things there."""
SHORTEST_SLEEP = timedelta(seconds=1)
DRAIN = timedelta(minutes=5)
"""Running actions get this long to finish after SIGTERM; then their engines are interrupted cleanly."""

OnPass = Callable[[PassResult], None]
OnTrouble = Callable[[ReconcilerError], None]


@dataclass(slots=True)
class Loop:
    """Runs passes until ``desk.drain`` is set. ``wake`` makes the next pass come at once."""

    desk: Desk
    on_pass: OnPass
    on_trouble: OnTrouble
    stage: Stage
    board: Board = field(default_factory=QuietBoard)
    wake: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Until drained. A pass that fails as a whole is told and tried again at the next poll."""
        paths = watched_paths(self.desk.settings.policy.url)
        with drained_by_signals(self.desk, self.wake), SourceWatcher(paths, self.wake, self.desk.drain):
            while not self.desk.drain.is_set():
                self.wake.clear()
                self.wake.wait(self._once())

    def _once(self) -> float:
        """One pass; gives how many seconds to sleep."""
        self.stage.begin()
        result: PassResult | None = None
        lost = 0
        try:
            result = Pass(self.desk, self.board).run()
            lost = after_pass(self.desk, result)
            self.on_pass(result)
        except (CatalogDamaged, LeaderElsewhere):
            # Only opening it anew rebuilds the one and takes the other: the service starts again.
            raise
        except ReconcilerError as error:
            self.on_trouble(error)
            after_trouble(self.desk, error)
            return self.desk.settings.policy.interval.total_seconds()
        finally:
            self.stage.end(result, lost)
        return pause(result, self.desk.clock.now(), self.desk.settings.policy.interval).total_seconds()


def pause(result: PassResult, now: datetime, interval: timedelta) -> timedelta:
    """Until the plan can change by time alone, at most until the policy source is polled."""
    until = result.plan.until if result.plan else now + interval
    return max(min(until - now, interval, LONGEST_SLEEP), SHORTEST_SLEEP)


@contextmanager
def drained_by_signals(desk: Desk, wake: threading.Event) -> Iterator[None]:
    """SIGTERM and SIGINT: nothing new starts, running actions finish; a second one, or time, interrupts them."""
    timers: list[threading.Timer] = []

    def drain(_number: int, _frame: FrameType | None) -> None:
        if desk.drain.is_set():
            desk.interrupt.set()
        desk.drain.set()
        wake.set()
        timer = threading.Timer(DRAIN.total_seconds(), desk.interrupt.set)
        timer.daemon = True
        timer.start()
        timers.append(timer)

    before = {number: signal.signal(number, drain) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for timer in timers:
            timer.cancel()
