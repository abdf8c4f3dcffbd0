"""The frame around every attempt: intent before, outcome after, whatever happens between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from reconciler.errors import Next, ReconcilerError
from reconciler.execution.hands import Hands
from reconciler.kit.process import following
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.entries import AttemptBegan, AttemptEnded, Entry
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
    read_all: bool = False
    copied: tuple[str, ...] = ()


def nothing_more(_ended: AttemptEnded) -> Sequence[Entry]:
    """The outcome says it all."""
    return ()


def new_attempt_id() -> str:
    """An id that no other attempt has: on the snapshot as a tag from birth."""
    return uuid4().hex[:20]


def attempt(
    hands: Hands,
    intent: Intent,
    act: Callable[[str], AttemptEnded],
    along: Callable[[AttemptEnded], Sequence[Entry]] = nothing_more,
) -> AttemptEnded:
    """Journal the intent, act, journal the outcome, with what ``along`` adds to it in the same step.

    ``act`` gets the id of the attempt, which is on its backup as a tag from birth.

    Raises what ``act`` raised after it is journalled as a failure.
    """
    mark = new_attempt_id()
    with hands.trails.leave(mark) as trail, following(trail):
        hands.record(_beginning(mark, intent))
        started = hands.clock.monotonic()
        try:
            ended = act(mark)
        except ReconcilerError as error:
            hands.record(failure(mark, intent, error, hands.clock.monotonic() - started))
            hands.trails.remove(mark)
            raise
        ended = ended.model_copy(update={"seconds": round(hands.clock.monotonic() - started, 3)})
        hands.record(ended, *along(ended))
        hands.trails.remove(mark)
        return ended


def _beginning(mark: str, intent: Intent) -> AttemptBegan:
    return AttemptBegan(
        attempt=mark,
        verb=intent.verb,
        repository=intent.repository,
        asset=intent.asset,
        slot=intent.slot,
        request=intent.request,
        time=intent.time,
        keep_until=intent.keep_until,
        reason=intent.reason,
        read_all=intent.read_all,
        copied=intent.copied,
    )


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
