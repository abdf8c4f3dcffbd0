"""What a guard says: why, about what, until when, and how to lift it; each of them whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from reconciler.obligations.actions import Chosen, Forget, Mark
from reconciler.observed.facts import ClockFacts, Observed, OrphanFacts, Reach, RepositoryFacts
from reconciler.observed.reason import Reason
from reconciler.plan.context import Context
from reconciler.plan.guards import budget, clock, holds, observation, orphans, suspicion
from reconciler.plan.guards.budget import MOST_CREDIT, credit_after
from reconciler.plan.guards.stops import Stop
from reconciler.plan.plan import Blocked
from reconciler.policy.approval import checksum, short
from reconciler.policy.models.document import Selector
from reconciler.policy.models.exceptions import DecommissionSpec, HoldSpec
from reconciler.policy.resolved import ResolvedPolicy
from tests.unit.obligations.policies import (
    DAY,
    HOUR,
    LIMITS,
    NOW,
    asset,
    backup,
    facts,
    placement,
    policy,
    ready,
    world,
)

WIKI = policy(asset("wiki", placement("local"), placement("nas", "local")))
OLD = tuple(backup(f"b{number}", NOW - number * DAY) for number in range(1, 10))
CHOSEN = tuple(Chosen(f"b{number}", NOW - number * DAY, "x", charged=True) for number in (3, 4))
LINES = ("local b3", "local b4")
APPROVE = f'reconciler approve {short(checksum(LINES))} --reason "…"'
MARK = Mark("wiki", "local", CHOSEN, Reason.of("expired"), NOW)
FORGET = Forget("wiki", "local", CHOSEN, Reason.of("grace-over"), NOW)
MIDNIGHT = datetime.fromisoformat("2026-11-24T23:00Z")
"""The end of the day in Madrid."""


def context(observed: Observed, resolved: ResolvedPolicy = WIKI, now: datetime = NOW) -> Context:
    return Context(observed, resolved, LIMITS, now)


def at(found: RepositoryFacts, **fields: object) -> Context:
    return context(replace(world(found, facts("local", *OLD)), **fields))


@pytest.mark.parametrize(
    ("found", "code", "parameters", "lift"),
    [
        (
            ready("local", seen="another"),
            Stop.REPOSITORY_CHANGED,
            {"pinned": "id-local", "seen": "another"},
            "bring the repository local back, or give it a new name in the policy",
        ),
        (
            ready("local", reach=Reach.UNREACHABLE, code="dns"),
            Stop.REPOSITORY_NOT_READY,
            {"reach": "unreachable", "error": "dns"},
            "make the repository local answer again; 'reconciler doctor' says what is wrong",
        ),
        (
            ready("local", reach=Reach.MISSING),
            Stop.REPOSITORY_NOT_READY,
            {"reach": "missing"},
            "make the repository local answer again; 'reconciler doctor' says what is wrong",
        ),
        (
            ready("local", vanished=("x", "y")),
            Stop.BACKUPS_VANISHED,
            {"ids": ("x", "y")},
            "find out who deleted them, then: reconciler doctor --accept-vanished local",
        ),
        (
            ready("local", damaged=("x",)),
            Stop.BACKUPS_DAMAGED,
            {"ids": ("x",)},
            "repair the repository local, as 'reconciler describe repository/local' says",
        ),
    ],
)
def test_an_observation_that_lacks_something_says_what(
    found: RepositoryFacts, code: Stop, parameters: dict[str, object], lift: str
) -> None:
    reason = Reason.of(code, repository="local", **parameters)
    assert observation.guard(MARK, at(found)) == Blocked("observation", reason, lift)


@pytest.mark.parametrize(("seen", "named"), [("id-local", "id-local"), (None, "ID")])
def test_without_a_journal_an_unpinned_repository_waits_for_somebody_to_vouch(seen: str | None, named: str) -> None:
    blocked = observation.guard(MARK, at(ready("local", pinned=None, seen=seen), journal_lost=True))
    reason = Reason.of(Stop.REPOSITORY_UNPINNED, repository="local", seen=seen)
    lift = f"vouch for it in the host settings: trust.repositories.local: {named}"
    assert blocked == Blocked("observation", reason, lift)
    assert observation.guard(MARK, at(ready("local", pinned=None, seen=seen))) is None


def test_a_clock_says_how_far_it_is_wrong_and_five_minutes_are_none() -> None:
    lift = "set the clock right, then: reconciler doctor --accept-clock"
    entry, five = NOW + HOUR, timedelta(minutes=5)
    behind = context(replace(world(), clock=ClockFacts(newest_entry=entry)))
    reason = Reason.of(Stop.CLOCK_BEHIND, newest_entry=entry)
    assert clock.guard(MARK, behind) == Blocked("clock", reason, lift, until=entry - five)
    leapt = context(replace(world(), clock=ClockFacts(jumped=-HOUR)))
    assert clock.guard(MARK, leapt) == Blocked("clock", Reason.of(Stop.CLOCK_JUMPED, by=-HOUR), lift)
    for jumped in (five, -five):
        assert clock.guard(MARK, context(replace(world(), clock=ClockFacts(jumped=jumped)))) is None


def test_a_suspicion_names_the_backup_and_what_accepts_it() -> None:
    small = backup("small", NOW - HOUR, "nas", lineage="root", suspicious=True)
    reason = Reason.of(Stop.SUSPICIOUS_NEWER, asset="wiki", repository="nas", backup="small", time=NOW - HOUR)
    lift = "if it is right, set expect.accept: root on wiki; else a good backup lifts it"
    found = context(world(facts("local", *OLD), facts("nas", small)))
    assert suspicion.guard(MARK, found) == Blocked("suspicion", reason, lift)
    beside = backup("good", NOW - HOUR, "nas")
    assert suspicion.guard(MARK, context(world(facts("nas", small, beside)))) is None


def test_a_hold_names_itself_its_end_and_the_held_backups() -> None:
    held = WIKI.model_copy(update={"holds": {"audit": HoldSpec(reason="x", expires=date(2026, 11, 24))}})
    reason = Reason.of(Stop.HELD, hold="audit", count=2)
    lift = "end the hold audit in the policy, or wait for its end"
    found = holds.guard(FORGET, context(world(facts("local", *OLD)), held))
    assert found == Blocked("holds", reason, lift, until=MIDNIGHT, lines=LINES)


@pytest.mark.parametrize(("selected", "stops"), [("wiki", True), ("etc", False)])
def test_a_hold_stops_the_deletions_of_what_it_selects_alone(selected: str, stops: bool) -> None:
    spec = HoldSpec(select=Selector(assets=(selected,)), reason="x", expires=date(2026, 11, 24))
    both = policy(*WIKI.assets.values(), asset("etc", placement("local")), holds={"audit": spec})
    assert (holds.guard(FORGET, context(world(facts("local", *OLD)), both)) is not None) is stops


@pytest.mark.parametrize("asset_name", ["wiki", "old"])
def test_a_spent_credit_names_what_is_beyond_it(asset_name: str) -> None:
    # An orphan pays from its own credit, and not from that of another repository or another asset.
    others = (OrphanFacts("iact/old", "nas", OLD, credit=9), OrphanFacts("iact/other", "local", OLD, credit=9))
    orphan = OrphanFacts("iact/old", "local", OLD, credit=0)
    observed = replace(world(facts("local", *OLD, credit=0), facts("nas", credit=9)), orphans=(*others, orphan))
    reason = Reason.of(Stop.CREDIT_SPENT, asset=asset_name, repository="local", credit=0, count=2)
    blocked = budget.guard(replace(MARK, asset=asset_name), context(observed))
    assert blocked == Blocked("budget", reason, APPROVE, checksum=checksum(LINES), lines=LINES)


def test_a_copy_of_several_lies_on_top_of_what_is_saved() -> None:
    assert credit_after(MOST_CREDIT, 1, 0) == MOST_CREDIT
    assert credit_after(MOST_CREDIT, 2, 0) == MOST_CREDIT + 1
    assert credit_after(MOST_CREDIT, 14, 0) == MOST_CREDIT + 13
    assert credit_after(MOST_CREDIT + 13, 0, 13) == MOST_CREDIT


def ending(last: date) -> ResolvedPolicy:
    spec = DecommissionSpec(asset="old", last=last, owner="platform", reason="x")
    return WIKI.model_copy(update={"decommissions": {"old": spec}})


def test_an_orphan_says_that_it_is_one_and_when_it_may_end() -> None:
    of_old = replace(MARK, asset="old")
    reason = Reason.of(Stop.ORPHANED, asset="old", repository="local", count=2)
    lift = "put old back into the policy, or write a Decommission for it"
    assert orphans.guard(of_old, context(world())) == Blocked("orphans", reason, lift)
    today = ending(date(2026, 11, 24))
    assert orphans.guard(of_old, context(world(), today)) == Blocked("orphans", reason, lift, until=MIDNIGHT)
    assert orphans.guard(replace(FORGET, asset="old"), context(world(), today, MIDNIGHT)) is None


@pytest.mark.parametrize("asset_name", ["wiki", "old"])
def test_what_left_the_policy_is_let_go_line_by_line(asset_name: str) -> None:
    """A decommissioned asset, and a repository that an asset left."""
    lines = ("cold b3", "cold b4")
    action = replace(MARK, asset=asset_name, repository="cold")
    found = context(world(), ending(date(2026, 11, 24)), MIDNIGHT)
    reason = Reason.of(Stop.NOT_APPROVED, asset=asset_name, repository="cold", count=2)
    lift = f'reconciler approve {short(checksum(lines))} --reason "…"'
    assert orphans.guard(action, found) == Blocked("orphans", reason, lift, checksum=checksum(lines), lines=lines)
    half = replace(found, observed=replace(world(), approved_lines=frozenset({"cold b4"})))
    blocked = orphans.guard(action, half)
    assert blocked is not None
    assert blocked.lines == ("cold b3",)
    assert orphans.guard(replace(MARK, repository="local"), found) is None
