"""A first run says what is ahead, and now and then how far it is."""

from __future__ import annotations

from reconciler.cli.first_run import FirstRun, how_far
from reconciler.engines.protocol import OnProgress, Progress, silent
from reconciler.obligations.actions import Action, BackUp
from reconciler.observed.reason import Reason
from reconciler.plan.estimate import Estimate
from tests.unit.obligations.policies import NOW

GIB = 2**30
FIFTY = Estimate(50, 20 * GIB, 0, whole=True, speed=50 * 2**20, measured=0)


class _Board:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    def start(self, _action: Action) -> OnProgress:
        return silent

    def end(self, _action: Action, line: str, _succeeded: bool) -> None:
        self.ended.append(line)


class _Watch:
    """A clock that is moved by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def _first(asset: str, *, initial: bool = True) -> BackUp:
    return BackUp(asset, "local", Reason.of("initial"), NOW, NOW, initial=initial)


def _run(first: FirstRun, action: BackUp, read: int) -> None:
    move = first.start(action)
    move(Progress(bytes_done=read, bytes_total=read))
    first.end(action, f"{action.asset} ended", True)


def test_how_far_names_backups_bytes_and_time() -> None:
    line = how_far(FIFTY, 12, 5 * GIB, 120)
    assert line == "12 of 50 first backups, 5.0 GiB of about 20.0 GiB, about 6m left"
    vague = Estimate(50, 20 * GIB, 3, whole=True, speed=1, measured=0)
    assert "at least 20.0 GiB, at least 6m left" in how_far(vague, 12, 5 * GIB, 120)
    assert how_far(FIFTY, 1, 0, 120) == "1 of 50 first backups, 0 B of about 20.0 GiB"
    assert "left" not in how_far(FIFTY, 49, 21 * GIB, 120), "more than was expected says nothing of the rest"


def test_the_estimate_comes_first_and_then_a_line_now_and_then() -> None:
    said: list[str] = []
    board, watch = _Board(), _Watch()
    first = FirstRun(board, said.append, watch)
    first.expect(FIFTY)
    assert said.pop().startswith("Estimate: 50 first backups read about 20.0 GiB")
    _run(first, _first("a"), GIB)
    assert said == [], "a quick run is no flood"
    watch.now += 60
    _run(first, _first("b"), GIB)
    _run(first, _first("c"), GIB)
    assert said == ["2 of 50 first backups, 2.0 GiB of about 20.0 GiB, about 9m left"]
    assert board.ended == ["a ended", "b ended", "c ended"]


def test_a_run_without_first_backups_says_nothing() -> None:
    said: list[str] = []
    watch = _Watch()
    first = FirstRun(_Board(), said.append, watch)
    first.expect(None)
    watch.now += 60
    _run(first, _first("a"), GIB)
    assert said == []


def test_backups_that_are_no_first_ones_are_not_counted() -> None:
    said: list[str] = []
    watch = _Watch()
    first = FirstRun(_Board(), said.append, watch)
    first.expect(FIFTY)
    watch.now += 60
    _run(first, _first("a", initial=False), GIB)
    assert len(said) == 1
