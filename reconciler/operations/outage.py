"""Alerts when no pass can run at all: the lock, the catalog, the state folder, or the pass itself is the trouble."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from reconciler.errors import ExitCode, LeaderElsewhere, ReconcilerError
from reconciler.kit.clock import Clock, SystemClock
from reconciler.kit.lanes import leader
from reconciler.observed.messages import after_message
from reconciler.observed.reason import Reason
from reconciler.operations import aside
from reconciler.operations.aside import Place
from reconciler.operations.sending import Speaker, speak
from reconciler.plan.alerting import Situation
from reconciler.plan.troubles import LASTING, Trouble
from reconciler.settings import HostSettings


@contextmanager
def told_when_it_fails(
    settings: HostSettings, clock: Clock | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Whatever ends the block is told to the contacts of the policy last in force, and goes on its way."""
    given = os.environ if environment is None else environment
    place = Place(Path(settings.state), settings.host, clock or SystemClock(), given)
    try:
        yield
    except ReconcilerError as error:
        if error.exit_code is not ExitCode.USAGE:
            tell(place, error)
        raise
    except OSError as error:
        tell(place, ReconcilerError(error.strerror or str(error), subject=str(error.filename or "")))
        raise


def tell(place: Place, error: ReconcilerError) -> None:
    """Tell what ended a pass, or kept it from starting: once, with reminders, like every alert. Never raises."""
    _tell(place, (_trouble(place, error),))


def over(place: Place) -> None:
    """A pass completed: whoever heard of an outage hears that it is over. Never raises."""
    if aside.said(place):
        _tell(place, ())


def _trouble(place: Place, error: ReconcilerError) -> Trouble:
    """Another reconciler that leads is trouble only when no pass completes any more."""
    reason = Reason.of("failing-pass", message=str(error))
    if not isinstance(error, LeaderElsewhere):
        return Trouble("the pass itself", error.code, "failing", reason)
    holder = leader(place.state)
    instants = (holder.since if holder else None, aside.last_completed(place))
    since = max((at for at in instants if at), default=None)
    return Trouble("the lock of this host", error.code, "failing", reason, since=since, lasting=LASTING)


def _tell(place: Place, troubles: tuple[Trouble, ...]) -> None:
    with suppress(ReconcilerError, OSError):
        policy, now, said = aside.people(place), place.clock.now(), aside.said(place)
        if policy is None:
            return
        # Only one thing is known while nothing runs: what else was told is not over for that.
        situation = Situation(now, policy, troubles, partial=bool(troubles))
        after = {name: dict(rows) for name, rows in said.items()}
        for message in speak(Speaker(place.host, place.environment), said, situation).messages:
            rows = after.setdefault(message.alert, {})
            stands = after_message(rows.pop(message.key, None), message, now)
            if stands:
                rows[message.key] = stands
        kept = {name: rows for name, rows in after.items() if rows}
        if kept != said:
            aside.keep_said(place, kept)
