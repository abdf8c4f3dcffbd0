"""Integrity, capacity, pages, requests and the policy itself: each with what it calls met, due and breached."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from reconciler.obligations.actions import BackUp, Check, Render
from reconciler.obligations.assess import assess
from reconciler.obligations.assessment import Assessment, State
from reconciler.obligations.capacity import fits
from reconciler.obligations.codes import Code
from reconciler.observed.backup import Verdict
from reconciler.observed.facts import (
    Observed,
    PageFacts,
    PendingFacts,
    PlacementFacts,
    PolicyFacts,
    Reach,
    RepositoryFacts,
    UnreadFacts,
)
from reconciler.policy.models.document import Window
from reconciler.policy.models.exceptions import BackupRequestSpec
from reconciler.policy.models.repository import Capacity, Checks
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

WIKI = policy(asset("wiki", placement("local")))
THERE = facts("local", backup("a", NOW - 30 * DAY), backup("b", NOW - HOUR / 2))


def stand(kind: str, observed: Observed, resolved: ResolvedPolicy = WIKI, now: datetime = NOW) -> Assessment:
    return assess(one_of(resolved, kind), observed, now)


def checked(**fields: Any) -> Observed:
    return world(replace(ready("local"), **fields), THERE)


class TestIntegrity:
    def test_a_sound_check_holds_for_its_period(self) -> None:
        found = stand("integrity", checked(checked_at=NOW - DAY))
        assert (found.state, found.actions, found.until) == (State.MET, (), NOW + 6 * DAY)

    def test_then_the_next_is_due_and_after_a_day_breached(self) -> None:
        due = stand("integrity", checked(checked_at=NOW - 7 * DAY))
        assert due.state is State.DUE
        assert [type(action) for action in due.actions] == [Check]
        assert stand("integrity", checked(checked_at=NOW - 8 * DAY)).state is State.BREACHED

    def test_a_check_waits_for_its_window(self) -> None:
        nightly = policy(
            asset("wiki", placement("local")),
            repositories={"local": repository("local", checks=Checks(window=Window(cron="0 3 * * *", duration=HOUR)))},
        )
        waits = stand("integrity", checked(checked_at=NOW - 7 * DAY), nightly)
        assert (waits.state, waits.actions, waits.until) == (State.DUE, (), NOW + 14 * HOUR)
        assert stand("integrity", checked(checked_at=NOW - 7 * DAY), nightly, NOW + 14 * HOUR).actions

    def test_an_unsound_check_is_a_breach_and_repeated_after_a_day(self) -> None:
        found = stand("integrity", checked(checked_at=NOW - HOUR, check_sound=False))
        assert (found.state, found.actions, found.until) == (State.BREACHED, (), NOW + 23 * HOUR)

    def test_one_never_checked_is_due_and_breached_a_period_after_its_first_backup(self) -> None:
        assert stand("integrity", checked()).state is State.BREACHED
        young = world(ready("local"), facts("local", backup("a", NOW - DAY)))
        found = stand("integrity", young)
        assert (found.state, found.reason.code, len(found.actions)) == (State.DUE, Code.NEVER_CHECKED, 1)
        assert stand("integrity", world(ready("local"), facts("local"))).reason.code == Code.NOTHING_TO_CHECK

    def test_only_the_keeper_checks(self) -> None:
        theirs = policy(asset("wiki", placement("local")), repositories={"local": repository("local", keeper="db1")})
        found = stand("integrity", checked(checked_at=NOW - 9 * DAY), theirs)
        assert (found.state, found.actions) == (State.BREACHED, ())


class TestCapacity:
    @pytest.mark.parametrize(
        ("free", "state"), [(200, State.MET), (199, State.DUE), (100, State.DUE), (99, State.BREACHED)]
    )
    def test_free_space_is_held_against_both_thresholds(self, free: int, state: State) -> None:
        assert stand("capacity", world(ready("local", free=free, total=1000), THERE)).state is state

    def test_what_cannot_be_measured_is_reckoned_from_its_size_or_unknown(self) -> None:
        unmeasured = world(ready("local", stored=950), THERE)
        assert stand("capacity", unmeasured).state is State.UNKNOWN
        sized = policy(
            asset("wiki", placement("local")),
            repositories={"local": repository("local", capacity=Capacity(size=1000))},
        )
        assert stand("capacity", unmeasured, sized).state is State.BREACHED

    def test_an_unreachable_repository_has_no_known_room(self) -> None:
        away = ready("local", reach=Reach.UNREACHABLE, free=900, total=1000)
        assert stand("capacity", world(away, THERE)).state is State.UNKNOWN

    def test_what_will_not_fit_is_known_before_it_starts(self) -> None:
        assert fits(100, 100)
        assert not fits(101, 100)
        assert fits(None, 0)
        assert fits(100, None)


class TestRunbook:
    def page(self, fingerprint: str, age: timedelta) -> Observed:
        return world(THERE, pages={"wiki": PageFacts(fingerprint, NOW - age)})

    def test_a_page_holds_for_a_day(self) -> None:
        found = stand("runbook", self.page("wiki", HOUR))
        assert (found.state, found.actions, found.until) == (State.MET, (), NOW + 23 * HOUR)

    @pytest.mark.parametrize(
        ("fingerprint", "age", "state"),
        [
            ("other", HOUR, State.DUE),
            ("wiki", DAY, State.DUE),
            ("wiki", 2 * DAY, State.BREACHED),
        ],
    )
    def test_it_is_rendered_again_on_a_change_and_daily(self, fingerprint: str, age: timedelta, state: State) -> None:
        found = stand("runbook", self.page(fingerprint, age))
        assert found.state is state
        assert [type(action) for action in found.actions] == [Render]

    @pytest.mark.parametrize(
        ("bad", "state", "until"),
        [
            ({"verdict": Verdict.DEGRADED}, State.DUE, 22 * HOUR),
            ({"suspicious": True}, State.DUE, 22 * HOUR),
            ({"invalidated": True}, State.DUE, 22 * HOUR),
            ({"suspicious": True, "time": NOW + HOUR}, State.MET, HOUR),
            ({"suspicious": True, "time": NOW - 3 * HOUR}, State.MET, 22 * HOUR),
            ({}, State.MET, 22 * HOUR),
        ],
    )
    def test_it_is_rendered_again_when_a_newer_backup_is_no_good(
        self, bad: dict[str, Any], state: State, until: timedelta
    ) -> None:
        newest = replace(backup("c", NOW - HOUR), **bad)
        page = {"wiki": PageFacts("wiki", NOW - 2 * HOUR)}
        found = stand("runbook", world(facts("local", newest, *THERE.backups), pages=page))
        assert (found.state, found.until) == (state, NOW + until)
        assert [type(action) for action in found.actions] == [Render] * (state is State.DUE)

    def test_a_missing_page_is_rendered(self) -> None:
        [action] = stand("runbook", world(THERE)).actions
        assert (type(action), action.due_at) == (Render, THERE.wanted_since)


class TestRequest:
    asked = policy(
        asset("wiki", placement("local"), placement("nas", "local")),
        requests={"upgrade": BackupRequestSpec(asset="wiki", reason="x")},
    )

    def now(self, *parts: RepositoryFacts | PlacementFacts, now: datetime = NOW, **fields: Any) -> Assessment:
        return stand("request", replace(world(*parts), **fields), self.asked, now)

    def test_it_is_done_at_once_with_its_name(self) -> None:
        found = self.now(THERE)
        [action] = found.actions
        assert isinstance(action, BackUp)
        assert (action.request, action.repository, found.state) == ("upgrade", "local", State.DUE)

    def test_it_is_done_exactly_once(self) -> None:
        named = facts("local", backup("a", NOW - HOUR, request="upgrade"))
        assert self.now(named).state is State.MET
        assert self.now(THERE, requests_done={"upgrade": "gone"}).actions == ()

    def test_a_backup_that_does_not_count_is_repeated_at_the_next_slot(self) -> None:
        weak = facts("local", backup("a", NOW - timedelta(minutes=1), request="upgrade", verdict=Verdict.DEGRADED))
        found = self.now(weak)
        assert (found.state, found.actions) == (State.DUE, ())
        assert self.now(weak, now=found.until).actions

    def test_it_waits_for_the_backoff_and_for_an_attempt_under_way(self) -> None:
        assert self.now(replace(THERE, failures=2, last=failed(NOW - timedelta(minutes=1)))).actions == ()
        assert self.now(replace(THERE, running=True)).actions == ()


class TestApplied:
    def stand(self, **fields: Any) -> Assessment:
        return stand("applied", world(policy=PolicyFacts(**({"head": "r2", "applied": "r2"} | fields))))

    def test_an_enforced_head_is_met(self) -> None:
        assert self.stand().state is State.MET

    def test_a_problem_is_a_breach_after_an_hour(self) -> None:
        problem = {"code": "policy-invalid", "problem": "bad", "applied": "r1"}
        found = self.stand(since=NOW - HOUR / 2, **problem)
        assert (found.state, found.until) == (State.DUE, NOW + HOUR / 2)
        assert self.stand(since=NOW - HOUR, **problem).state is State.BREACHED

    def test_what_waits_for_approval_is_named(self) -> None:
        pending = (PendingFacts("asset/wiki", "c", ("a b c",), "why", NOW - DAY),)
        found = self.stand(pending=pending)
        assert (found.state, found.reason.get("blocks"), found.since) == (State.DUE, ("asset/wiki",), NOW - DAY)

    def test_what_is_not_read_is_named_and_no_breach(self) -> None:
        found = self.stand(unread=tuple(UnreadFacts(f"{n}", "a symlink is not followed") for n in range(7)))
        assert found.state is State.DUE
        assert found.reason.get("paths") == (*(f"{n} (a symlink is not followed)" for n in range(5)), "2 more")
        waits = (PendingFacts("asset/wiki", "c", ("a b c",), "why", NOW - DAY),)
        assert self.stand(unread=(UnreadFacts("0", "x"),), pending=waits).reason.code == "waiting-for-approval"

    def test_a_head_that_is_never_applied_is_a_breach(self) -> None:
        assert self.stand(applied="r1", since=NOW - DAY).state is State.BREACHED
