"""Repositories: made once, never made again, and reclaimed in their window."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.obligations.actions import Initialise, Prune
from reconciler.obligations.assess import assess
from reconciler.obligations.assessment import Assessment, State
from reconciler.obligations.codes import Code
from reconciler.observed.attempts import Verb
from reconciler.observed.facts import Observed, Reach, RepositoryFacts
from reconciler.policy.models.document import Window
from reconciler.policy.models.repository import Maintenance
from reconciler.policy.resolved import ResolvedPolicy
from tests.unit.obligations.policies import (
    DAY,
    HOUR,
    NOW,
    asset,
    backup,
    facts,
    failed,
    one_of,
    placement,
    policy,
    ready,
    repository,
    world,
)

MINUTE = timedelta(minutes=1)
WIKI = policy(asset("wiki", placement("local"), placement("nas", "local")))
WANTED = facts("local", wanted_since=NOW - HOUR)
NEW = RepositoryFacts("local")


def stand(observed: Observed, resolved: ResolvedPolicy = WIKI, name: str = "local") -> Assessment:
    return assess(one_of(resolved, "repository", name), observed, NOW)


def test_a_repository_never_seen_is_initialised() -> None:
    found = stand(world(NEW, WANTED))
    [action] = found.actions
    assert isinstance(action, Initialise)
    assert (found.state, action.due_at, action.like) == (State.DUE, NOW - HOUR, None)


@pytest.mark.parametrize(
    ("facts_", "state", "code"),
    [
        (ready("local", reach=Reach.MISSING), State.BREACHED, Code.MISSING),
        (ready("local", reach=Reach.NEVER_SEEN), State.BREACHED, Code.MISSING),
        (ready("local", reach=Reach.CHANGED), State.BREACHED, Code.CHANGED),
        (ready("local", reach=Reach.REFUSED), State.BREACHED, Code.REFUSED),
        (ready("local", reach=Reach.UNREACHABLE), State.UNKNOWN, Code.UNREACHABLE),
        (ready("local", damaged=("a",)), State.BREACHED, Code.DAMAGED),
        (ready("local", vanished=("a",)), State.BREACHED, Code.VANISHED),
        (ready("local"), State.MET, Code.READY),
    ],
    ids=lambda value: str(getattr(value, "reach", value)),
)
def test_one_that_has_been_seen_is_never_initialised_again(facts_: RepositoryFacts, state: State, code: Code) -> None:
    found = stand(world(facts_, WANTED))
    assert (found.state, found.reason.code, found.actions) == (state, code, ())


def test_after_the_loss_of_the_journal_nothing_is_initialised() -> None:
    found = stand(world(NEW, WANTED, journal_lost=True))
    assert (found.state, found.actions) == (State.UNKNOWN, ())


def test_a_copy_target_is_made_like_its_origin_and_after_it() -> None:
    nas = RepositoryFacts("nas")
    waits = stand(world(NEW, nas, WANTED), name="nas")
    assert (waits.reason.code, waits.actions) == (Code.WAITING_FOR_ORIGIN, ())
    [action] = stand(world(ready("local"), nas, WANTED), name="nas").actions
    assert isinstance(action, Initialise)
    assert action.like == "local"


def test_a_repository_of_other_hosts_is_left_to_them() -> None:
    theirs = policy(
        asset("wiki", placement("local"), host="db1"), repositories={"local": repository("local", keeper="db1")}
    )
    found = stand(world(NEW, WANTED), theirs)
    assert (found.reason.code, found.actions) == (Code.WAITING_FOR_KEEPER, ())


def test_initialising_waits_for_its_backoff_and_is_breached_after_a_day() -> None:
    broken = replace(
        NEW, last={Verb.INITIALISE: failed(NOW - MINUTE, verb=Verb.INITIALISE)}, failures={Verb.INITIALISE: 3}
    )
    waits = stand(world(broken, WANTED))
    assert (waits.state, waits.actions, waits.until) == (State.DUE, (), NOW + 3 * MINUTE)
    assert stand(world(broken, facts("local", wanted_since=NOW - DAY))).state is State.BREACHED


NIGHTLY = policy(
    asset("wiki", placement("local")),
    repositories={
        "local": repository("local", maintenance=Maintenance(window=Window(cron="0 12 * * *", duration=3 * HOUR)))
    },
)
THERE = facts("local", backup("a", NOW - HOUR))


def test_space_is_reclaimed_in_the_window_once() -> None:
    # Noon in Madrid is eleven in UTC: the window has been open for an hour.
    [action] = stand(world(ready("local", forgotten=3), THERE), NIGHTLY).actions
    assert isinstance(action, Prune)
    pruned = stand(world(ready("local", forgotten=3, pruned_at=NOW - HOUR / 2), THERE), NIGHTLY)
    assert (pruned.actions, pruned.until) == ((), NOW + 2 * HOUR)
    closed = assess(one_of(NIGHTLY, "repository"), world(ready("local", forgotten=3), THERE), NOW + 2 * HOUR)
    assert (closed.actions, closed.until) == ((), NOW + 23 * HOUR)


@pytest.mark.parametrize("fields", [{"forgotten": 0}, {"forgotten": 3, "busy_first": True}])
def test_nothing_is_pruned_without_need_or_beside_a_first_backup(fields: dict[str, int]) -> None:
    assert stand(world(ready("local", **fields), THERE), NIGHTLY).actions == ()


def test_without_a_window_space_is_reclaimed_once_a_day() -> None:
    assert stand(world(ready("local", forgotten=1), THERE)).actions
    again = stand(world(ready("local", forgotten=1, pruned_at=NOW - HOUR), THERE))
    assert (again.actions, again.until) == ((), NOW + 23 * HOUR)
