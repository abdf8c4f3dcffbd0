"""Sends messages side by side and waits only so long: a dead receiver never holds up a pass."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic

from reconciler.errors import ReconcilerError

LONGEST = 20.0
"""Seconds for all deliveries of a pass together. Single answers have their own, shorter limit, but a server that
drips bytes, or a name server that is silent, knows none."""

Send = Callable[[], str]
"""Delivers one message; gives a remark or nothing, raises ReconcilerError when it did not arrive."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Whether it arrived, and what went wrong."""

    delivered: bool
    error: str = ""


def deliver(sends: Mapping[str, Send], *, within: float = LONGEST) -> dict[str, Delivery]:
    """Run all of them at once; one that is not done in time counts as not delivered."""
    answers: SimpleQueue[tuple[str, Delivery]] = SimpleQueue()
    for name, send in sends.items():
        # Daemons: one that hangs in a name server must not keep the process from ending.
        threading.Thread(target=_run, args=(name, send, answers), name=f"send-{name}", daemon=True).start()
    found: dict[str, Delivery] = {}
    ends = monotonic() + within
    while len(found) < len(sends):
        try:
            name, delivery = answers.get(timeout=max(ends - monotonic(), 0.0))
        except Empty:
            break
        found[name] = delivery
    late = Delivery(delivered=False, error=f"it was not done within {within:.0f} seconds")
    return {name: found.get(name, late) for name in sends}


def _run(name: str, send: Send, answers: SimpleQueue[tuple[str, Delivery]]) -> None:
    try:
        answers.put((name, Delivery(delivered=True, error=send())))
    except ReconcilerError as error:
        answers.put((name, Delivery(delivered=False, error=str(error))))
    except Exception as error:  # the thread's own words would go to nobody
        answers.put((name, Delivery(delivered=False, error=f"unexpected {type(error).__name__}")))
