"""Guards: each stops what it must, names the way to lift it, and stops nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.obligations.actions import Action, BackUp, Chosen, Forget, Mark, Prune
from reconciler.observed.facts import ClockFacts, MarkFacts, Observed, OrphanFacts, Reach, RepositoryFacts
from reconciler.observed.reason import Reason
from reconciler.plan.build import make_plan
from reconciler.plan.context import Context
from reconciler.plan.guarded import guarded, stopped
from reconciler.plan.guards.budget import MOST_CREDIT, credit_after
from reconciler.plan.plan import Blocked, Plan, PlannedAction
from reconciler.policy.approval import checksum, short
from reconciler.policy.models.exceptions import DecommissionSpec, HoldSpec
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.resolved import ResolvedPolicy
from tests.unit.obligations.policies import (
    DAY,
    HOUR,
    LIMITS,
    NOW,
    asset,
    backup,
    compiled,
    facts,
    placement,
    policy,
    ready,
    repository,
    world,
)

TWO = RetentionSpec(last=2)
WIKI = policy(asset("wiki", placement("local", retention=TWO), placement("nas", "local", retention=TWO)))
OLD = [backup(f"b{number}", NOW - number * DAY) for number in range(1, 10)]
WHY = Reason.of("expired")


def chosen(*numbers: int, charged: bool = True) -> tuple[Chosen, ...]:
    return tuple(Chosen(f"b{number}", NOW - number * DAY, "x", charged) for number in numbers)


def mark(*numbers: int, charged: bool = True, lapsed: tuple[str, ...] = ()) -> Mark:
    return Mark("wiki", "local", chosen(*numbers, charged=charged), WHY, NOW, lapsed)


FORGET = Forget("wiki", "local", chosen(5, 6), WHY, NOW)
PRUNE = Prune("local", WHY, NOW)


def context(observed: Observed, resolved: ResolvedPolicy = WIKI) -> Context:
    return Context(observed, resolved, LIMITS, NOW)


def ids(action: Action) -> list[str]:
    assert isinstance(action, Mark | Forget)
    return [one.id for one in action.backups]


def guard_of(blocked: Blocked | None) -> str:
    return blocked.guard if blocked else ""


def good(**fields: Any) -> Observed:
    return replace(world(facts("local", *OLD, credit=10), facts("nas")), **fields)


@pytest.mark.parametrize("action", [mark(3, 4), FORGET, PRUNE], ids=lambda action: action.verb.value)
class TestWhatStopsEveryDeletion:
    def test_nothing_when_all_is_well(self, action: Mark | Forget | Prune) -> None:
        assert stopped(action, context(good())) is None

    @pytest.mark.parametrize(
        "odd",
        [
            *(ready("local", reach=reach) for reach in Reach if reach is not Reach.READY),
            ready("local", seen="another"),
            ready("local", vanished=("x",)),
            ready("local", damaged=("x",)),
            ready("local", checked_at=NOW, check_sound=False),
        ],
        ids=["never", "missing", "unreachable", "changed", "refused", "another id", "vanished", "damaged", "unsound"],
    )
    def test_a_repository_that_is_not_known_completely(
        self, action: Mark | Forget | Prune, odd: RepositoryFacts
    ) -> None:
        blocked = stopped(action, context(good(repositories={"local": odd, "nas": ready("nas")})))
        assert guard_of(blocked) == "observation"
        assert blocked is not None and "local" in blocked.lift

    def test_not_what_happens_in_another_repository(self, action: Mark | Forget | Prune) -> None:
        away = {"local": ready("local"), "nas": ready("nas", reach=Reach.UNREACHABLE)}
        assert stopped(action, context(good(repositories=away))) is None

    def test_a_clock_behind_the_journal(self, action: Mark | Forget | Prune) -> None:
        entry = NOW + timedelta(minutes=6)
        blocked = stopped(action, context(good(clock=ClockFacts(newest_entry=entry))))
        assert guard_of(blocked) == "clock"
        assert blocked is not None and blocked.until == NOW + timedelta(minutes=1)
        near = ClockFacts(newest_entry=NOW + timedelta(minutes=5))
        assert stopped(action, context(good(clock=near))) is None

    @pytest.mark.parametrize("minutes", [6, -6])
    def test_a_clock_that_leapt(self, action: Mark | Forget | Prune, minutes: int) -> None:
        blocked = stopped(action, context(good(clock=ClockFacts(jumped=timedelta(minutes=minutes)))))
        assert guard_of(blocked) == "clock"
        assert blocked is not None and "doctor --accept-clock" in blocked.lift


class TestSuspicion:
    @pytest.mark.parametrize("where", ["local", "nas"])
    def test_a_suspicious_newest_backup_freezes_its_asset_everywhere(self, where: str) -> None:
        small = backup("small", NOW - HOUR, where, suspicious=True)
        there = {"local": facts("local", *OLD), "nas": facts("nas")}
        there[where] = facts(where, *there[where].backups, small)
        for action in (mark(3), FORGET):
            blocked = stopped(action, context(world(*there.values())))
            assert guard_of(blocked) == "suspicion"
            assert blocked is not None and "small" in blocked.lift
        assert stopped(PRUNE, context(world(*there.values()))) is None

    @pytest.mark.parametrize(
        "fields", [{"accepted": True}, {"invalidated": True}, {"time": NOW - 3 * DAY}, {"time": NOW + DAY}]
    )
    def test_it_ends_when_it_is_accepted_or_bad_or_followed_by_a_good_one(self, fields: dict[str, Any]) -> None:
        small = replace(backup("small", NOW - HOUR, suspicious=True), **fields)
        assert stopped(FORGET, context(world(facts("local", *OLD, small)))) is None

    def test_other_assets_go_on(self) -> None:
        both = policy(*WIKI.assets.values(), asset("etc", placement("local")))
        small = backup("small", NOW - HOUR, asset="etc", suspicious=True)
        observed = world(facts("local", *OLD), facts("local", small, asset="etc"))
        assert stopped(FORGET, context(observed, both)) is None


class TestBudget:
    def parts(self, action: Mark, observed: Observed) -> tuple[list[str], list[str]]:
        """The ids that run and those that are stopped."""
        planned = list(guarded(action, context(observed)))
        return self.ids(p for p in planned if p.runnable), self.ids(p for p in planned if p.blocked)

    def ids(self, planned: Any) -> list[str]:
        found: list[PlannedAction] = list(planned)
        return [one.id for part in found if isinstance(part.action, Mark) for one in part.action.backups]

    def test_credit_pays_for_the_oldest_first_and_the_rest_is_blocked(self) -> None:
        runs, waits = self.parts(mark(3, 4, 5, 6, 7), world(facts("local", *OLD, credit=2)))
        assert (runs, waits) == (["b6", "b7"], ["b3", "b4", "b5"])

    def test_what_is_not_charged_needs_no_credit(self) -> None:
        broke = world(facts("local", *OLD, credit=0))
        assert self.parts(mark(3, 4, charged=False), broke) == (["b3", "b4"], [])
        mixed = replace(mark(), backups=(*chosen(3, 4), *chosen(5, charged=False)))
        assert self.parts(mixed, broke) == (["b5"], ["b3", "b4"])

    def test_a_block_names_the_command_and_the_lines_that_lift_it(self) -> None:
        [blocked] = [p.blocked for p in guarded(mark(3, 4), context(world(facts("local", *OLD, credit=0))))]
        assert blocked is not None
        assert blocked.lines == ("local b3", "local b4")
        assert blocked.checksum == checksum(blocked.lines)
        assert blocked.lift == f'reconciler approve {short(blocked.checksum)} --reason "…"'

    def test_approved_lines_cost_nothing(self) -> None:
        approved = replace(world(facts("local", *OLD, credit=1)), approved_lines=frozenset({"local b3", "local b4"}))
        runs, waits = self.parts(mark(3, 4, 5, 6), approved)
        assert (runs, waits) == (["b3", "b4", "b6"], ["b5"])
        [part] = [p.action for p in guarded(mark(3, 4, 5, 6), context(approved)) if p.runnable]
        assert isinstance(part, Mark)
        assert {one.id: one.charged for one in part.backups} == {"b3": False, "b4": False, "b6": True}

    def test_the_end_of_marks_is_never_blocked(self) -> None:
        away = world(ready("local", reach=Reach.MISSING), facts("local", *OLD, credit=0))
        planned = list(guarded(mark(3, lapsed=("b1",)), context(away)))
        assert [(p.runnable, p.action) for p in planned] == [
            (True, mark(lapsed=("b1",))),
            (False, mark(3)),
        ]

    def test_marks_made_are_paid_for_and_not_charged_again_when_forgotten(self) -> None:
        assert stopped(FORGET, context(world(facts("local", *OLD, credit=0)))) is None

    @given(credit=st.integers(-5, MOST_CREDIT), gained=st.integers(0, 30), lost=st.integers(0, 30))
    def test_the_balance_gains_one_a_backup_and_is_capped(self, credit: int, gained: int, lost: int) -> None:
        after = credit_after(credit, gained, lost)
        most = MOST_CREDIT + max(gained - 1, 0)
        assert after == min(credit + gained - lost, most)

    @given(credit=st.integers(0, MOST_CREDIT), copied=st.integers(1, 60))
    def test_what_one_copy_brings_may_let_as_many_go_and_is_not_saved_up(self, credit: int, copied: int) -> None:
        held = credit_after(credit, copied, 0)
        assert held >= copied
        assert credit_after(held, 1, 0) <= MOST_CREDIT
        assert credit_after(held, 0, 1) <= MOST_CREDIT


class TestHolds:
    def held(self, **fields: Any) -> ResolvedPolicy:
        spec = HoldSpec(**({"reason": "x", "expires": date(2026, 11, 24)} | fields))
        return WIKI.model_copy(update={"holds": {"audit": spec}})

    def test_what_is_held_is_not_forgotten_although_it_was_marked_before(self) -> None:
        long_id = backup("abcdef0123", NOW - 5 * DAY)
        action = replace(FORGET, backups=(Chosen("abcdef0123", long_id.time, "x"), *chosen(6)))
        found = context(world(facts("local", *OLD, long_id)), self.held(backups=("abcdef01",)))
        planned = {p.runnable: p for p in guarded(action, found)}
        assert ids(planned[True].action) == ["b6"]
        assert guard_of(planned[False].blocked) == "holds"
        blocked = planned[False].blocked
        assert blocked is not None
        assert blocked.until == NOW + 11 * HOUR

    def test_an_expired_hold_stops_nothing(self) -> None:
        over = self.held(expires=date(2026, 11, 23))
        assert stopped(FORGET, context(good(), over)) is None


class TestOrphans:
    def orphaned(self, **fields: Any) -> Observed:
        orphan = OrphanFacts("iact/old", "local", tuple(backup(f"b{n}", NOW - n * DAY, asset="old") for n in (5, 6)))
        return replace(good(), orphans=(replace(orphan, **fields),))

    def ending(self, last: date) -> ResolvedPolicy:
        spec = DecommissionSpec(asset="old", last=last, owner="platform", reason="x")
        return WIKI.model_copy(update={"decommissions": {"old": spec}})

    def plan(self, observed: Observed, resolved: ResolvedPolicy) -> Plan:
        return make_plan(compiled(resolved), observed, resolved, LIMITS, "r1", NOW)

    def of_old(self, found: Plan) -> list[PlannedAction]:
        return [p for p in found.actions if isinstance(p.action, Mark | Forget) and p.action.asset == "old"]

    def test_without_a_decommission_nothing_of_it_is_planned_and_nothing_would_pass(self) -> None:
        assert self.of_old(self.plan(self.orphaned(), WIKI)) == []
        forced = replace(mark(5, 6), asset="old")
        assert guard_of(stopped(forced, context(self.orphaned()))) == "orphans"

    def test_its_last_date_must_be_over(self) -> None:
        today = self.ending(date(2026, 11, 24))
        found = self.plan(self.orphaned(), today)
        assert self.of_old(found) == []
        assert found.until <= NOW + 11 * HOUR
        assert guard_of(stopped(replace(FORGET, asset="old"), context(self.orphaned(), today))) == "orphans"

    def test_then_each_backup_is_let_go_only_when_it_is_approved_by_name(self) -> None:
        ended = self.ending(date(2026, 11, 23))
        [planned] = self.of_old(self.plan(self.orphaned(), ended))
        assert planned.blocked is not None
        assert (planned.blocked.guard, planned.blocked.lines) == ("orphans", ("local b5", "local b6"))
        approved = replace(self.orphaned(), approved_lines=frozenset({"local b5"}))
        runs = {p.runnable: p.action for p in self.of_old(self.plan(approved, ended))}
        assert ids(runs[True]) == ["b5"]

    def test_after_mark_and_grace_it_is_forgotten(self) -> None:
        marks = {"b5": MarkFacts("b5", NOW - 2 * DAY, "x"), "b6": MarkFacts("b6", NOW, "x")}
        [planned] = self.of_old(self.plan(self.orphaned(marks=marks), self.ending(date(2026, 11, 23))))
        assert isinstance(planned.action, Forget)
        assert planned.runnable
        assert ids(planned.action) == ["b5"]

    def test_a_repository_that_the_asset_left_keeps_its_backups_unless_they_are_approved(self) -> None:
        moved = replace(good(), orphans=(OrphanFacts("iact/wiki", "cold", tuple(OLD[4:6])),))
        moved = replace(moved, repositories=dict(moved.repositories) | {"cold": ready("cold")})
        wider = WIKI.model_copy(update={"repositories": WIKI.repositories | {"cold": repository("cold")}})

        def cold(found: Plan) -> list[PlannedAction]:
            return [p for p in found.actions if isinstance(p.action, Mark) and p.action.repository == "cold"]

        assert cold(self.plan(moved, wider)) == []
        [planned] = cold(self.plan(replace(moved, approved_lines=frozenset({"cold b5"})), wider))
        assert planned.runnable
        assert ids(planned.action) == ["b5"]

    def test_what_belongs_to_another_policy_is_nobodys_business(self) -> None:
        theirs = replace(good(), orphans=(OrphanFacts("other/old", "local", tuple(OLD)),))
        found = self.plan(theirs, self.ending(date(2026, 11, 23)))
        assert self.of_old(found) == []


def test_anything_odd_stops_deletions_and_no_backup() -> None:
    odd = replace(
        world(
            ready("local", vanished=("x",), damaged=("y",)),
            facts("local", *OLD, backup("small", NOW - HOUR, suspicious=True), credit=0),
        ),
        clock=ClockFacts(newest_entry=NOW + DAY, jumped=DAY),
    )
    found = make_plan(compiled(WIKI), odd, WIKI, LIMITS, "r1", NOW)
    assert any(isinstance(action, BackUp) for action in found.runnable)
    assert not any(isinstance(action, Mark | Forget | Prune) for action in found.runnable)
    assert found.blocked
