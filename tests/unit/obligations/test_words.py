"""What freshness, copies and waiting say: state, reason, since, until and the action; each of them whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from reconciler.kinds.files import FilesSource
from reconciler.kinds.later import MysqlSource
from reconciler.kinds.source import Source
from reconciler.obligations.actions import Action, BackUp, Chosen, Copy
from reconciler.obligations.assess import assess
from reconciler.obligations.assessment import Assessment, Promise, State
from reconciler.obligations.codes import Code
from reconciler.obligations.freshness import Freshness
from reconciler.obligations.waiting import Failures
from reconciler.observed.attempts import Attempt, Outcome, Verb
from reconciler.observed.backup import SKEW
from reconciler.observed.facts import Observed, PlacementFacts, Reach, RepositoryFacts
from reconciler.observed.reason import Reason
from reconciler.policy.models.exceptions import BackupRequestSpec
from reconciler.policy.models.retention import RetentionSpec
from reconciler.units.instants import NEVER
from tests.unit.obligations.policies import (
    DAY,
    HOUR,
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
    world,
)

MINUTE = timedelta(minutes=1)
COLD = placement("cold", "local", rpo=DAY, retention=RetentionSpec(daily=7))
ASKED = {"upgrade": BackupRequestSpec(asset="wiki", reason="x")}
WIKI = policy(asset("wiki", placement("local"), COLD), requests=ASKED)
THEIRS = policy(asset("wiki", placement("local"), COLD, host="db1"), requests=ASKED)
LATER = policy(asset("wiki", placement("local"), source=Source(mysql=MysqlSource())), requests=ASKED)
FRESHNESS, COPIED = one_of(WIKI, "freshness", "local"), one_of(WIKI, "freshness", "cold")
assert isinstance(FRESHNESS, Freshness)
assert isinstance(COPIED, Freshness)
SLOT, NEXT = FRESHNESS.slots.latest(NOW), FRESHNESS.slots.next(NOW)
BEFORE = FRESHNESS.slots.latest(SLOT - MINUTE)
COPY_SLOT, COPY_NEXT = COPIED.slots.latest(NOW), COPIED.slots.next(NOW)
WANTED = NOW - 30 * DAY
"""What the helpers say when nothing else is given."""


def freshness(observed: Observed, now: datetime = NOW) -> Assessment:
    return assess(FRESHNESS, observed, now)


def said(state: State, reason: Reason, since: datetime | None, until: datetime, *actions: Action) -> Assessment:
    return Assessment(Promise("freshness", "wiki", "local"), state, reason, since, until, actions)


def back_up(why: Reason, due_at: datetime, **fields: Any) -> BackUp:
    return BackUp("wiki", "local", why, due_at, **({"slot": SLOT} | fields))


class TestFreshness:
    def test_fresh(self) -> None:
        newest = SLOT + MINUTE
        reason = Reason.of(Code.FRESH, newest=newest, rpo=HOUR)
        there = world(facts("local", backup("a", newest)))
        assert freshness(there) == said(State.MET, reason, newest, NEXT)
        theirs = assess(one_of(THEIRS, "freshness", "local"), there, NOW)
        assert theirs == said(State.MET, reason, newest, newest + HOUR)

    def test_due_for_its_slot(self) -> None:
        why = Reason.of(Code.SLOT, slot=SLOT)
        action = back_up(why, SLOT, parent="a")
        newest = BEFORE + 25 * MINUTE
        assert freshness(world(facts("local", backup("a", newest)))) == said(State.DUE, why, newest, NEXT, action)

    @pytest.mark.parametrize(("failures", "failing"), [(0, {}), (2, {"error": "dns", "message": "no such host"})])
    def test_too_old(self, failures: int, failing: dict[str, str]) -> None:
        """A failure of long ago, with a success since, explains nothing."""
        newest = SLOT - 5 * HOUR
        last = replace(failed(NOW - HOUR, code="dns"), message="no such host")
        found = freshness(world(facts("local", backup("a", newest), last=last, failures=failures)))
        missed = FRESHNESS.slots.next(newest)
        retry = Reason.of(Code.RETRY, failures=2, error="dns")
        why = retry if failures else Reason.of(Code.CATCH_UP, slot=SLOT, missed=missed)
        reason = Reason.of(Code.TOO_OLD, newest=newest, rpo=HOUR, **failing)
        assert found == said(State.BREACHED, reason, newest + HOUR, NEXT, back_up(why, missed, parent="a"))

    def test_the_first_backup(self) -> None:
        first = back_up(Reason.of(Code.INITIAL), NOW - DAY, initial=True)
        reason = Reason.of(Code.INITIAL, deadline=NOW + 6 * DAY)
        found = freshness(world(facts("local", wanted_since=NOW - DAY)))
        # What is due has its own reason; the promise, which is not met yet, keeps that of its standing.
        assert found == said(State.DUE, reason, NOW - DAY, NEXT, first)
        theirs = assess(one_of(THEIRS, "freshness", "local"), world(facts("local", wanted_since=NOW - DAY)), NOW)
        assert theirs == said(State.DUE, reason, NOW - DAY, NOW + 6 * DAY)

    def test_the_first_backup_that_nobody_noted_the_wish_for(self) -> None:
        action = back_up(Reason.of(Code.INITIAL), SLOT, initial=True)
        found = freshness(world(facts("local", wanted_since=None)))
        assert found == said(State.DUE, Reason.of(Code.INITIAL), None, NEXT, action)

    def test_no_backup(self) -> None:
        late = NOW - 8 * DAY
        reason = Reason.of(Code.NO_BACKUP, deadline=NOW - DAY)
        action = back_up(Reason.of(Code.INITIAL), late, initial=True)
        found = freshness(world(facts("local", wanted_since=late)))
        assert found == said(State.BREACHED, reason, NOW - DAY, NEXT, action)

    @pytest.mark.parametrize(("code", "error"), [("refused-key", {"error": "refused-key"}), ("", {})])
    def test_unknown(self, code: str, error: dict[str, str]) -> None:
        away = ready("local", reach=Reach.REFUSED, trouble_since=NOW - HOUR, code=code)
        reason = Reason.of(Code.REPOSITORY_NOT_READY, reach="refused", **error)
        found = freshness(world(away, facts("local", backup("a", BEFORE))))
        assert found == said(State.UNKNOWN, reason, NOW - HOUR, NEVER)

    def test_unattainable(self) -> None:
        reason = Reason.of(Code.SOURCE_LATER, source="mysql")
        found = assess(one_of(LATER, "freshness"), world(facts("local")), NOW)
        assert found == said(State.UNATTAINABLE, reason, None, NEVER)

    def test_too_slow_and_then_too_old(self) -> None:
        usual, newest = HOUR / 2, SLOT + MINUTE
        there = world(facts("local", backup("a", newest), usual_duration=usual))
        theirs = one_of(THEIRS, "freshness", "local")
        excused = newest + HOUR + 2 * usual
        slow = Reason.of(Code.TOO_SLOW, usual=usual, rpo=HOUR)
        assert assess(theirs, there, NOW) == said(State.UNATTAINABLE, slow, None, excused)
        old = Reason.of(Code.TOO_OLD, newest=newest, rpo=HOUR)
        assert assess(theirs, there, excused) == said(State.BREACHED, old, excused, NEVER)
        swift = world(facts("local", backup("a", newest), usual_duration=usual - MINUTE))
        fresh = Reason.of(Code.FRESH, newest=newest, rpo=HOUR)
        assert assess(theirs, swift, NOW) == said(State.MET, fresh, newest, newest + HOUR)

    def test_invalidated(self) -> None:
        good = backup("a", SLOT + MINUTE)
        bad = backup("b", SLOT + 2 * MINUTE, invalidated=True)
        why = Reason.of(Code.INVALIDATED, backup="b")
        found = freshness(world(facts("local", good, bad, backup("c", BEFORE, invalidated=True))))
        assert found == said(State.DUE, why, good.time, NEXT, back_up(why, SLOT, parent="a"))

    def test_a_bad_backup_as_old_as_a_good_one_changes_nothing(self) -> None:
        good = backup("a", SLOT + MINUTE)
        reason = Reason.of(Code.FRESH, newest=good.time, rpo=HOUR)
        found = freshness(world(facts("local", replace(good, id="b", invalidated=True), good)))
        assert found == said(State.MET, reason, good.time, NEXT)

    def test_running(self) -> None:
        newest = BEFORE + 25 * MINUTE
        started = failed(NOW - MINUTE)
        for last, parameters in ((started, {"started": NOW - MINUTE}), (None, {})):
            found = freshness(world(facts("local", backup("a", newest), running=True, last=last)))
            assert found == said(State.DUE, Reason.of(Code.RUNNING, **parameters), newest, NEXT)

    @pytest.mark.parametrize(
        ("retry", "retry_at", "until", "daily"), [(True, NOW, NOW, {}), (False, NOW + DAY, NEXT, {"daily": True})]
    )
    def test_failing(self, retry: bool, retry_at: datetime, until: datetime, daily: dict[str, bool]) -> None:
        newest, at = BEFORE + 25 * MINUTE, NOW - (MINUTE if retry else timedelta())
        last = replace(failed(at, retry=retry, code="disk-full"), message="no room")
        there = world(facts("local", backup("a", newest), last=last, failures=1))
        reason = Reason.of(Code.FAILING, retry_at=retry_at, failures=1, error="disk-full", message="no room", **daily)
        now = NOW - MINUTE / 2 if retry else NOW
        assert freshness(there, now) == said(State.DUE, reason, newest, until)

    def test_a_future_backup_that_comes_of_age(self) -> None:
        newest, ahead = SLOT + MINUTE, NOW + SKEW + MINUTE
        reason = Reason.of(Code.FRESH, newest=newest, rpo=HOUR)
        found = freshness(world(facts("local", backup("a", newest), backup("b", ahead))))
        assert found == said(State.MET, reason, newest, NOW + MINUTE)

    @pytest.mark.parametrize(
        ("read", "full_at", "all_anew"), [(NOW - 7 * DAY + MINUTE, NOW + MINUTE, False), (NOW - 7 * DAY, NEXT, True)]
    )
    def test_when_everything_is_read_anew(self, read: datetime, full_at: datetime, all_anew: bool) -> None:
        files = Source(files=FilesSource(include=("/srv/wiki",), full_every=7 * DAY))
        weekly = one_of(policy(asset("wiki", placement("local"), source=files)), "freshness")
        newest = BEFORE + 25 * MINUTE
        why = Reason.of(Code.SLOT, slot=SLOT)
        action = back_up(why, SLOT, parent="a", read_all=all_anew)
        for beginning in ({"last_read_all": read}, {"wanted_since": read}):
            found = assess(weekly, world(facts("local", backup("a", newest), **beginning)), NOW)
            assert found == said(State.DUE, why, newest, full_at, action)
        nothing_known = world(facts("local", backup("a", newest), wanted_since=None))
        anew = replace(action, read_all=True)
        assert assess(weekly, nothing_known, NOW) == said(State.DUE, why, newest, NEXT, anew)


class TestCopies:
    ORIGIN = backup("o", NOW - HOUR)
    OLD = copied(backup("q", COPY_SLOT - 2 * DAY), "cold")

    def said(self, state: State, reason: Reason, since: datetime | None, until: datetime, *done: Action) -> Assessment:
        return Assessment(Promise("freshness", "wiki", "cold"), state, reason, since, until, done)

    def stand(self, *parts: RepositoryFacts | PlacementFacts) -> Assessment:
        return assess(COPIED, world(*parts), NOW)

    def too_old(self, newest: datetime) -> Reason:
        return Reason.of(Code.TOO_OLD, newest=newest, rpo=DAY)

    def test_the_first_copy_is_due_since_its_origin_was_captured(self) -> None:
        why = Reason.of(Code.NEW_COPY, origin="local", slot=COPY_SLOT)
        chosen = (Chosen("o", self.ORIGIN.time, "newest counted"),)
        action = Copy("wiki", "cold", "local", chosen, why, self.ORIGIN.time, COPY_SLOT)
        found = self.stand(facts("local", self.ORIGIN), facts("cold", wanted_since=NOW - DAY))
        initial = Reason.of(Code.INITIAL, deadline=NOW + 6 * DAY)
        assert found == self.said(State.DUE, initial, NOW - DAY, COPY_NEXT, action)

    def test_a_copy_of_one_alone_speaks_of_no_older_ones(self) -> None:
        held = copied(backup("p", COPY_SLOT - HOUR), "cold")
        why = Reason.of(Code.NEW_COPY, origin="local", slot=COPY_SLOT)
        chosen = (Chosen("o", self.ORIGIN.time, "newest counted"),)
        action = Copy("wiki", "cold", "local", chosen, why, COPY_SLOT, COPY_SLOT)
        found = self.stand(facts("local", self.ORIGIN), facts("cold", held))
        assert found == self.said(State.DUE, why, held.time, COPY_NEXT, action)

    def test_an_origin_without_a_backup(self) -> None:
        waits = Reason.of(Code.WAITING_FOR_ORIGIN, origin="local")
        ahead = backup("f", NOW + SKEW + HOUR)
        found = self.stand(facts("local", ahead), facts("cold", self.OLD))
        assert found == self.said(State.BREACHED, waits, self.OLD.time + DAY, NOW + HOUR)
        fresh = copied(backup("p", NOW - 2 * HOUR), "cold")
        reason = Reason.of(Code.FRESH, newest=fresh.time, rpo=DAY)
        found = self.stand(facts("local"), facts("cold", fresh))
        assert found == self.said(State.MET, reason, fresh.time, fresh.time + DAY)

    def test_a_copy_that_is_there(self) -> None:
        held = copied(self.ORIGIN, "cold")
        reason = Reason.of(Code.FRESH, newest=held.time, rpo=DAY)
        found = self.stand(facts("local", self.ORIGIN), facts("cold", held))
        assert found == self.said(State.MET, reason, held.time, COPY_NEXT)

    def test_a_target_that_cannot_be_written_waits_for_its_origin_to_come_of_age(self) -> None:
        gone = ready("cold", reach=Reach.MISSING, trouble_since=NOW - HOUR)
        reason = Reason.of(Code.REPOSITORY_NOT_READY, reach="missing")
        ahead = backup("f", NOW + SKEW + HOUR)
        found = self.stand(gone, facts("local", self.ORIGIN, ahead), facts("cold", self.OLD))
        assert found == self.said(State.UNKNOWN, reason, NOW - HOUR, NOW + HOUR)

    def test_an_attempt_under_way(self) -> None:
        running = facts("cold", self.OLD, running=True)
        found = self.stand(facts("local", self.ORIGIN), running)
        assert found == self.said(State.BREACHED, self.too_old(self.OLD.time), self.OLD.time + DAY, COPY_NEXT)

    def test_an_origin_that_is_away(self) -> None:
        away = ready("local", reach=Reach.UNREACHABLE, trouble_since=NOW - HOUR)
        reason = Reason.of(Code.ORIGIN_UNREACHABLE, origin="local", since=NOW - HOUR)
        due_at = COPIED.slots.next(self.OLD.time)
        action = BackUp("wiki", "cold", reason, due_at, COPY_SLOT, parent=self.OLD.id)
        found = self.stand(away, facts("local"), facts("cold", self.OLD))
        assert found == self.said(State.BREACHED, reason, self.OLD.time + DAY, COPY_NEXT, action)
        blink = replace(away, trouble_since=NOW - HOUR / 2)
        found = self.stand(blink, facts("local"), facts("cold", self.OLD))
        breached = self.too_old(self.OLD.time)
        assert found == self.said(State.BREACHED, breached, self.OLD.time + DAY, NOW + HOUR / 2)


class TestWaiting:
    LAST = Attempt("a1", Verb.BACKUP, "local", "wiki", NOW, ended=NOW + MINUTE, outcome=Outcome.FAILED, code="dns")

    def test_nothing_that_failed_waits_for_nothing(self) -> None:
        assert Failures(None, 3).retry_at is None
        assert Failures(self.LAST, 0).retry_at is None
        assert Failures(None, 3).reason == Reason.of(Code.FAILING, failures=3)

    def test_the_pause_begins_at_the_end_else_at_the_start(self) -> None:
        assert Failures(self.LAST, 2).retry_at == NOW + 3 * MINUTE
        assert Failures(replace(self.LAST, ended=None), 1).retry_at == NOW + MINUTE
        assert Failures(replace(self.LAST, retry=False), 9).retry_at == NOW + MINUTE + DAY

    def test_a_change_after_the_failure_ends_the_pause(self) -> None:
        assert Failures(self.LAST, 2, NOW + 2 * MINUTE).retry_at is None
        assert Failures(self.LAST, 2, NOW + MINUTE).retry_at == NOW + 3 * MINUTE
