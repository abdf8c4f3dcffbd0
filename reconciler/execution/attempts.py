"""The frame around every attempt: intent before, outcome after, whatever happens between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from reconciler.errors import Next, ReconcilerError
from reconciler.execution.hands import Hands
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.entries import AttemptBegan, AttemptEnded
from reconciler.units.instants import Day


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be tried; ``time`` is the backup's own time when history is made."""

    verb: Verb
    repository: str
    asset: str | None = None
    slot: datetime | None = None
    request: str | None = None
    time: datetime | None = None
    keep_until: Day | None = None
    reason: str = ""


def new_attempt_id() -> str:
    """An id that no other attempt has: on the snapshot as a tag from birth."""
    return uuid4().hex[:20]


def attempt(hands: Hands, intent: Intent, act: Callable[[str], AttemptEnded]) -> AttemptEnded:
    """Journal the intent, act, journal the outcome. ``act`` gets the attempt's id.

    Raises what ``act`` raised after it is journalled as a failure.
    """
    mark = new_attempt_id()
    hands.record(
        AttemptBegan(
            attempt=mark,
            verb=intent.verb,
            repository=intent.repository,
            asset=intent.asset,
            slot=intent.slot,
            request=intent.request,
            time=intent.time,
            keep_until=intent.keep_until,
            reason=intent.reason,
        )
    )
    started = hands.clock.monotonic()
    try:
        ended = act(mark)
    except ReconcilerError as error:
        hands.record(failure(mark, intent, error, hands.clock.monotonic() - started))
        raise
    ended = ended.model_copy(update={"seconds": round(hands.clock.monotonic() - started, 3)})
    hands.record(ended)
    return ended


def failure(mark: str, intent: Intent, error: ReconcilerError, seconds: float) -> AttemptEnded:
    """The journal's entry for an attempt that an error ended."""
    return AttemptEnded(
        attempt=mark,
        verb=intent.verb,
        repository=intent.repository,
        asset=intent.asset,
        outcome=Outcome.FAILED,
        code=error.code,
        message=str(error),
        retry=error.next is not Next.NEVER,
        request=intent.request,
        seconds=round(seconds, 3),
    )
