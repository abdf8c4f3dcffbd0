"""Redundancy: fresh copies are counted by failure domain, medium and site, with the live data first."""

from __future__ import annotations

from typing import Any

from reconciler.obligations.assess import assess
from reconciler.obligations.assessment import Assessment, State
from reconciler.observed.facts import PlacementFacts, Reach, RepositoryFacts
from reconciler.policy.models.tier import Copies
from reconciler.policy.resolved import ResolvedPolicy
from tests.unit.obligations.policies import (
    DAY,
    HOUR,
    NOW,
    asset,
    backup,
    facts,
    one_of,
    placement,
    policy,
    ready,
    repository,
    world,
)

FRESH = NOW - HOUR / 2


def demanding(*, media: int = 1, offsite: int = 0, minimum: int = 3, **nas: Any) -> ResolvedPolicy:
    wiki = asset(
        "wiki",
        placement("local"),
        placement("nas", "local", rpo=DAY),
        copies=Copies(minimum=minimum, media=media, offsite=offsite),
    )
    return policy(wiki, repositories={"nas": repository("nas", **nas)})


def stand(resolved: ResolvedPolicy, *parts: RepositoryFacts | PlacementFacts) -> Assessment:
    return assess(one_of(resolved, "redundancy"), world(*parts), NOW)


def both(local: PlacementFacts | None = None) -> tuple[PlacementFacts, PlacementFacts]:
    return local or facts("local", backup("a", FRESH)), facts("nas", backup("b", NOW - 20 * HOUR, "nas"))


def test_each_copy_is_fresh_by_its_own_rpo_and_the_live_data_is_the_first() -> None:
    found = stand(demanding(), *both())
    assert (found.state, found.reason.get("copies")) == (State.MET, 3)
    assert found.until == FRESH + HOUR


def test_a_copy_that_is_too_old_does_not_count() -> None:
    found = stand(demanding(), *both(facts("local", backup("a", NOW - 2 * HOUR))))
    assert (found.state, found.reason.get("copies"), found.since) == (State.BREACHED, 2, NOW - HOUR)


def test_two_repositories_of_one_failure_domain_are_one_copy() -> None:
    found = stand(demanding(failure_domain="local"), *both())
    assert (found.state, found.reason.get("copies")) == (State.UNATTAINABLE, 2)


def test_media_and_sites_are_counted_where_the_copies_are_fresh() -> None:
    assert stand(demanding(media=2), *both()).state is State.UNATTAINABLE
    assert stand(demanding(media=2, medium="nas"), *both()).state is State.MET
    assert stand(demanding(offsite=1), *both()).state is State.UNATTAINABLE
    away = repository("nas", offsite=True)
    off_site = demanding(offsite=1)
    off_site = off_site.model_copy(update={"repositories": off_site.repositories | {"nas": away}})
    assert stand(off_site, *both()).state is State.MET


def test_first_copies_have_their_time() -> None:
    first = facts("nas", wanted_since=NOW - DAY)
    found = stand(demanding(), facts("local", backup("a", FRESH)), first)
    assert (found.state, found.until) == (State.DUE, FRESH + HOUR)
    late = facts("nas", wanted_since=NOW - 7 * DAY)
    assert stand(demanding(), facts("local", backup("a", FRESH)), late).state is State.BREACHED


def test_what_cannot_be_seen_is_unknown_and_no_breach_yet() -> None:
    away = ready("nas", reach=Reach.UNREACHABLE, trouble_since=NOW - HOUR)
    found = stand(demanding(), away, *both())
    assert (found.state, found.since) == (State.UNKNOWN, NOW - HOUR)
