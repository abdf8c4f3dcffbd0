"""What retention says of backups that are kept, marked, forgotten, held or orphaned; each of it whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from reconciler.obligations.actions import Action, Chosen, Forget, Mark
from reconciler.obligations.assess import assess
from reconciler.obligations.assessment import Assessment, Promise, State
from reconciler.obligations.codes import Code
from reconciler.obligations.holds import Hold, day_after, held_by, holds_of
from reconciler.obligations.orphaned import Ended, assess_orphans, decommission_of
from reconciler.observed.attempts import Verb
from reconciler.observed.backup import Backup, Verdict
from reconciler.observed.facts import MarkFacts, OrphanFacts, PlacementFacts, Reach, RepositoryFacts
from reconciler.observed.reason import Reason
from reconciler.policy.models.document import Selector
from reconciler.policy.models.exceptions import DecommissionSpec, HoldSpec
from reconciler.policy.models.retention import RetentionSpec
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.units.instants import NEVER
from tests.unit.obligations.policies import (
    DAY,
    HOUR,
    LIMITS,
    MADRID,
    NOW,
    asset,
    backup,
    copied,
    facts,
    failed,
    one_of,
    placement,
    policy,
    ready,
    repository,
    world,
)

TWO = RetentionSpec(last=2)
LOCAL = placement("local", retention=TWO)
WIKI = policy(asset("wiki", LOCAL))
B1, B2, B3, B4 = OLD = tuple(backup(f"b{number}", NOW - number * DAY) for number in range(1, 5))
GONE = "no rule keeps it"
MIDNIGHT = datetime(2026, 11, 24, 23, tzinfo=UTC)
"""The end of the day in Madrid."""


def marks(*ids: str, at: timedelta) -> dict[str, MarkFacts]:
    return {id: MarkFacts(id, NOW - at, "expired") for id in ids}


def chosen(*backups: Backup, why: str = GONE, charged: bool = True) -> tuple[Chosen, ...]:
    return tuple(Chosen(one.id, one.time, why, charged) for one in backups)


class TestRetained:
    def stand(self, *parts: RepositoryFacts | PlacementFacts, of: ResolvedPolicy = WIKI) -> Assessment:
        return assess(one_of(of, "retention", "local"), world(*parts), NOW)

    def said(self, state: State, reason: Reason, since: datetime | None, until: datetime, *done: Action) -> Assessment:
        return Assessment(Promise("retention", "wiki", "local"), state, reason, since, until, done)

    @pytest.mark.parametrize(("keeper", "code"), [("none", Code.NOBODY_FORGETS), ("db1", Code.KEEPER_ELSEWHERE)])
    def test_what_others_keep(self, keeper: str, code: Code) -> None:
        theirs = policy(asset("wiki", LOCAL), repositories={"local": repository("local", keeper=keeper)})
        found = self.stand(facts("local", *OLD), of=theirs)
        assert found == self.said(State.MET, Reason.of(code, keeper=keeper), None, NEVER)

    def test_a_repository_that_is_not_there_yet(self) -> None:
        found = self.stand(RepositoryFacts("local"), facts("local"))
        assert found == self.said(State.MET, Reason.of(Code.RETAINED, kept=0, marked=0), None, NEVER)

    @pytest.mark.parametrize(("code", "error"), [("dns", {"error": "dns"}), ("", {})])
    def test_a_repository_that_is_not_ready(self, code: str, error: dict[str, str]) -> None:
        away = ready("local", reach=Reach.UNREACHABLE, trouble_since=NOW - HOUR, code=code)
        reason = Reason.of(Code.REPOSITORY_NOT_READY, reach="unreachable", **error)
        assert self.stand(away, facts("local", *OLD)) == self.said(State.UNKNOWN, reason, NOW - HOUR, NEVER)

    def test_kept_and_in_its_grace(self) -> None:
        reason = Reason.of(Code.RETAINED, kept=2, marked=1)
        found = self.stand(facts("local", B1, B2, B4, marks=marks("b4", at=HOUR)))
        assert found == self.said(State.MET, reason, None, NOW + 23 * HOUR)

    def test_expired(self) -> None:
        why = Reason.of(Code.EXPIRED, count=2)
        mark = Mark("wiki", "local", chosen(B3, B4), why, B1.time)
        assert self.stand(facts("local", *OLD)) == self.said(State.DUE, why, None, NEVER, mark)

    def test_expired_without_ever_having_counted(self) -> None:
        weak = backup("w", NOW - 20 * DAY, verdict=Verdict.DEGRADED)
        [mark] = self.stand(facts("local", B1, weak)).actions
        uncounted = chosen(weak, why="uncounted (degraded) and expired", charged=False)
        assert mark == Mark("wiki", "local", uncounted, Reason.of(Code.EXPIRED, count=1), B1.time)

    def test_lapsed(self) -> None:
        why = Reason.of(Code.LAPSED, count=2)
        mark = Mark("wiki", "local", (), why, B1.time, ("b1", "b2"))
        found = self.stand(facts("local", B1, B2, marks=marks("b2", "b1", at=2 * DAY)))
        assert found == self.said(State.DUE, why, None, NEVER, mark)

    def test_lapsed_where_nothing_counts(self) -> None:
        odd = replace(B2, verdict=Verdict.UNKNOWN)
        why = Reason.of(Code.LAPSED, count=1)
        found = self.stand(facts("local", odd, marks=marks("b2", at=DAY)))
        mark = Mark("wiki", "local", (), why, B2.time, ("b2",))
        assert found == self.said(State.DUE, why, None, NEVER, mark)

    def test_its_grace_is_over(self) -> None:
        """Since the first of them: the other was marked an hour later."""
        both = marks("b3", at=DAY) | marks("b4", at=DAY + HOUR)
        why = Reason.of(Code.GRACE_OVER, count=2)
        forget = Forget("wiki", "local", chosen(B3, B4), why, NOW - HOUR)
        found = self.stand(facts("local", *OLD, marks=both))
        assert found == self.said(State.DUE, why, None, NOW + 23 * HOUR, forget)

    def test_a_mark_beside_what_is_forgotten(self) -> None:
        expired, why = Reason.of(Code.EXPIRED, count=1), Reason.of(Code.GRACE_OVER, count=1)
        mark = Mark("wiki", "local", chosen(B3), expired, B1.time, ("b2",))
        forget = Forget("wiki", "local", chosen(B4), why, NOW - HOUR)
        found = self.stand(facts("local", *OLD, marks=marks("b2", "b4", at=DAY + HOUR)))
        assert found == self.said(State.DUE, why, None, NOW + 23 * HOUR, mark, forget)

    def test_a_forget_that_failed_waits(self) -> None:
        last = failed(NOW - timedelta(minutes=1), verb=Verb.FORGET)
        broken = ready("local", last={Verb.FORGET: last}, failures={Verb.FORGET: 3})
        there = facts("local", B1, B2, B4, marks=marks("b4", at=DAY))
        reason = Reason.of(Code.RETAINED, kept=2, marked=1)
        waits = self.stand(broken, there)
        assert waits == self.said(State.MET, reason, None, NOW + timedelta(minutes=3))
        forget = Forget("wiki", "local", chosen(B4), Reason.of(Code.GRACE_OVER, count=1), NOW)
        assert self.stand(broken, replace(there, changed_at=NOW)).actions == (forget,)
        assert self.stand(replace(broken, failures={}), there).actions == (forget,)

    def test_overdue(self) -> None:
        both = marks("b3", at=2 * DAY) | marks("b4", at=2 * DAY + HOUR)
        forget = Forget("wiki", "local", chosen(B3, B4), Reason.of(Code.GRACE_OVER, count=2), NOW - DAY)
        found = self.stand(facts("local", *OLD, marks=both))
        # Both are ripe since the floor lets them go, when they are three days old: only b4 a day ago.
        assert found == self.said(State.BREACHED, Reason.of(Code.OVERDUE, count=1), NOW, NOW + DAY, forget)

    def test_waiting_for_a_copy_and_past_its_lag(self) -> None:
        target = placement("nas", "local", retention=RetentionSpec(daily=7), copy_lag=4 * DAY)
        both = policy(asset("wiki", LOCAL, target))
        held = facts("nas", copied(B1, "nas"), copied(B2, "nas"))
        waits = self.stand(facts("local", *OLD, marks=marks("b3", "b4", at=DAY + HOUR)), held, of=both)
        ends = NOW + 3 * DAY - HOUR
        reason = Reason.of(Code.WAITING_FOR_COPY, repository="nas", count=2, until=ends)
        assert replace(waits, until=NEVER) == self.said(State.DUE, reason, None, NEVER)
        late = self.stand(facts("local", *OLD, marks=marks("b3", "b4", at=4 * DAY + HOUR)), held, of=both)
        exceeded = Reason.of(Code.COPY_LAG_EXCEEDED, repository="nas", count=2)
        forget = Forget("wiki", "local", chosen(B3, B4), Reason.of(Code.GRACE_OVER, count=2), NOW - HOUR)
        assert replace(late, until=NEVER) == self.said(State.BREACHED, exceeded, NOW - HOUR, NEVER, forget)

    def test_held(self) -> None:
        audit = {"audit": HoldSpec(backups=("b3aaaaaa", "b4aaaaaa"), reason="x", expires=date(2026, 11, 24))}
        named = tuple(replace(one, id=f"{one.id}aaaaaabb") for one in (B3, B4))
        reason = Reason.of(Code.RETAINED, kept=4, marked=0)
        found = self.stand(facts("local", B1, B2, *named), of=policy(asset("wiki", LOCAL), holds=audit))
        assert found == self.said(State.MET, reason, None, MIDNIGHT)


class TestHolds:
    def test_which_holds_mean_an_asset_and_until_when(self) -> None:
        etc = asset("etc", placement("local"), tier="tier-2")
        specs = {
            "all": HoldSpec(reason="x", expires=date(2026, 11, 24)),
            "wiki": HoldSpec(select=Selector(assets=("wiki",)), before=NOW, reason="x", expires=date.max),
            "etc": HoldSpec(select=Selector(assets=("etc",)), reason="x", expires=date(2026, 11, 24)),
            "tier": HoldSpec(select=Selector(tier="tier-2"), reason="x", expires=date(2026, 11, 24)),
        }
        both = policy(asset("wiki", LOCAL), etc, holds=specs)
        all_, tier = Hold("all", MIDNIGHT), Hold("tier", MIDNIGHT)
        wiki = Hold("wiki", NEVER, (), NOW)
        assert holds_of(both, "wiki") == (all_, wiki)
        assert holds_of(both, "etc") == (all_, Hold("etc", MIDNIGHT), tier)
        assert holds_of(both, "left") == (all_, tier)

    def test_a_hold_names_what_it_keeps_and_the_first_of_several_is_named(self) -> None:
        copy = replace(B2, id="c2", lineage="b2")
        by_lineage, before = Hold("lineage", MIDNIGHT, ("b2",)), Hold("before", MIDNIGHT, before=B3.time)
        holds = (by_lineage, before, Hold("late", MIDNIGHT, ("b4", "c2")), Hold("over", NOW))
        assert held_by(holds, (B1, copy, B3, B4), NOW) == {"c2": "lineage", "b4": "before"}
        assert held_by(holds, (B1, copy, B3, B4), MIDNIGHT) == {}

    def test_a_day_is_over_on_the_clock_of_its_zone(self) -> None:
        assert day_after(date(2026, 11, 24), MADRID) == MIDNIGHT
        assert day_after(date(2026, 7, 1), MADRID) == datetime(2026, 7, 1, 22, tzinfo=UTC)
        assert day_after(date.max, MADRID) == NEVER


def ending(last: date, of: ResolvedPolicy = WIKI, **more: date) -> ResolvedPolicy:
    every = {"old": last} | more
    specs = {name: DecommissionSpec(asset="old", last=day, owner="platform", reason="x") for name, day in every.items()}
    return of.model_copy(update={"decommissions": specs})


class TestOrphans:
    def stand(self, of: ResolvedPolicy, asset: str = "old", **fields: Any) -> Assessment:
        observed = fields.pop("observed", world(ready("local")))
        orphan = OrphanFacts(f"iact/{asset}", "local", OLD, **fields)
        stranger = OrphanFacts("iactive/old", "local", OLD)
        [found] = assess_orphans(replace(observed, orphans=(stranger, orphan)), of, LIMITS, NOW)
        return found

    def said(self, state: State, reason: Reason, until: datetime, *actions: Action, asset: str = "old") -> Assessment:
        return Assessment(Promise("retention", asset, "local", "orphaned"), state, reason, None, until, actions)

    def test_one_without_a_decommission_is_kept(self) -> None:
        assert self.stand(WIKI) == self.said(State.MET, Reason.of(Code.ORPHANED, count=4), NEVER)

    def test_a_decommission_waits_for_the_end_of_its_last_day_and_the_latest_counts(self) -> None:
        reason = Reason.of(Code.DECOMMISSIONED, last="2026-11-24", count=4)
        today = ending(date(2026, 11, 1), again=date(2026, 11, 24), before=date(2026, 11, 2))
        assert self.stand(today) == self.said(State.MET, reason, MIDNIGHT)
        assert decommission_of(today, "old") == Ended(date(2026, 11, 24), MIDNIGHT)
        assert decommission_of(today, "wiki") is None

    def test_then_all_is_marked_and_forgotten(self) -> None:
        over = ending(date(2026, 11, 23))
        why = Reason.of(Code.DECOMMISSIONED, last="2026-11-23", count=4)
        mark = Mark("old", "local", chosen(*OLD, why="decommissioned"), why, B1.time)
        assert self.stand(over) == self.said(State.DUE, why, NEVER, mark)
        some = marks("b1", "b3", at=DAY) | marks("b4", at=DAY + HOUR)
        rest = Mark("old", "local", chosen(B2, why="decommissioned"), why, B1.time)
        forget = Forget("old", "local", chosen(B3, B4, why="decommissioned"), why, NOW - HOUR)
        # The youngest is not as old yet as the floor wants it.
        assert self.stand(over, marks=some) == self.said(State.DUE, why, B1.time + 3 * DAY, rest, forget)
        waits = self.stand(over, marks=marks("b1", "b2", "b3", "b4", at=HOUR))
        assert waits == self.said(State.MET, why, NOW + 23 * HOUR)

    @pytest.mark.parametrize("keeper", ["none", "db1"])
    def test_it_is_left_to_its_keeper(self, keeper: str) -> None:
        theirs = policy(asset("wiki", LOCAL), repositories={"local": repository("local", keeper=keeper)})
        why = Reason.of(Code.DECOMMISSIONED, last="2026-11-23", count=4)
        assert self.stand(ending(date(2026, 11, 23), theirs)) == self.said(State.MET, why, NEVER)

    def test_a_repository_that_is_not_ready_loses_nothing(self) -> None:
        away = world(ready("local", reach=Reach.UNREACHABLE))
        why = Reason.of(Code.DECOMMISSIONED, last="2026-11-23", count=4)
        assert self.stand(ending(date(2026, 11, 23)), observed=away) == self.said(State.MET, why, NEVER)

    def test_a_hold_ends_what_it_names(self) -> None:
        audit = {"audit": HoldSpec(before=B2.time, reason="x", expires=date(2026, 11, 24))}
        over = ending(date(2026, 11, 23), policy(asset("wiki", LOCAL), holds=audit))
        why = Reason.of(Code.DECOMMISSIONED, last="2026-11-23", count=4)
        mark = Mark("old", "local", chosen(B1, B2, why="decommissioned"), why, B1.time, ("b3", "b4"))
        found = self.stand(over, marks=marks("b4", "b3", at=2 * DAY))
        assert found == self.said(State.DUE, why, MIDNIGHT, mark)

    def test_of_an_asset_that_left_one_repository_goes_what_was_approved(self) -> None:
        """A Decommission says nothing of an asset that the policy still has."""
        elsewhere = policy(asset("wiki", placement("nas")), repositories={"local": repository("local")})
        lines = replace(world(ready("local")), approved_lines=frozenset({"local b3", "nas b1"}))
        why = Reason.of(Code.ORPHANED, count=4)
        mark = Mark("wiki", "local", chosen(B3, why="decommissioned"), why, B1.time)
        forget = Forget("wiki", "local", chosen(B4, why="decommissioned"), why, NOW)
        of_wiki = DecommissionSpec(asset="wiki", last=date(2026, 11, 23), owner="platform", reason="x")
        both = elsewhere.model_copy(update={"decommissions": {"wiki": of_wiki}})
        found = self.stand(both, "wiki", observed=lines, marks=marks("b4", at=DAY))
        assert found == self.said(State.DUE, why, NEVER, mark, forget, asset="wiki")
