"""Initialises repositories and checks them."""

from __future__ import annotations

from reconciler.errors import EngineLied
from reconciler.execution.attempts import Intent, attempt
from reconciler.execution.hands import Hands
from reconciler.execution.observe import look
from reconciler.kit.lanes import Mode
from reconciler.obligations.actions import Check, Initialise
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.entries import AttemptEnded, RepositoryPinned


def initialise(hands: Hands, action: Initialise) -> str:
    """Make a repository that was never seen, and pin its id at once."""

    def act(mark: str) -> AttemptEnded:
        like = hands.open(action.like) if action.like else None
        made = hands.engine.initialise(hands.open(action.repository), like)
        hands.record(RepositoryPinned(repository=action.repository, engine_id=made, how="initialised"))
        return AttemptEnded(attempt=mark, verb=Verb.INITIALISE, repository=action.repository, outcome=Outcome.SUCCEEDED)

    with hands.lanes.lease(action.repository, Mode.EXCLUSIVE, verb="initialise", stop=hands.stop):
        attempt(hands, Intent(Verb.INITIALISE, action.repository), act)
        seen = look(hands, action.repository, thorough=True)
    if seen.error:
        raise seen.error
    return "made" + (f", with the chunker parameters of {action.like}" if action.like else "")


def check(hands: Hands, action: Check) -> str:
    """Check the structure, without the engine's own lock but under a lease that keeps deletions out."""

    def act(mark: str) -> AttemptEnded:
        known = len(hands.catalog.known_ids(action.repository))
        report = hands.engine.check(hands.open(action.repository))
        if report.sound and report.snapshots < known:
            raise EngineLied(
                f"the check looked at {report.snapshots} of {known} backups and found no errors",
                remedy="it is tried again; see what restic check says by hand",
                subject=action.repository,
            )
        message = "" if report.sound else "; ".join((*report.lines[:3], report.suggestion)).strip("; ")
        return AttemptEnded(
            attempt=mark,
            verb=Verb.CHECK,
            repository=action.repository,
            outcome=Outcome.SUCCEEDED if report.sound else Outcome.FAILED,
            code="" if report.sound else "unsound",
            message=message,
        )

    with hands.lanes.lease(action.repository, Mode.CHECK, verb="check", stop=hands.stop):
        ended = attempt(hands, Intent(Verb.CHECK, action.repository), act)
    return f"sound, {ended.seconds:.0f}s" if ended.outcome is Outcome.SUCCEEDED else f"DAMAGED: {ended.message}"
