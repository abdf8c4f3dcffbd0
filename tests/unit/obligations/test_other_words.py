"""What requests, pages, copies taken together and the policy itself say; each of it whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from reconciler.kinds.later import MysqlSource
from reconciler.kinds.source import Source
from reconciler.obligations.actions import Action, BackUp, Render
from reconciler.obligations.assess import assess
from reconciler.obligations.assessment import Assessment, Promise, State
from reconciler.obligations.codes import Code
from reconciler.obligations.freshness import Freshness
from reconciler.obligations.runbook import BEGINNING
from reconciler.observed.backup import SKEW, Verdict
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
from reconciler.observed.reason import Reason
from reconciler.policy.models.exceptions import BackupRequestSpec
from reconciler.policy.models.tier import Copies
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.units.instants import NEVER
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
ASKED = {"upgrade": BackupRequestSpec(asset="wiki", reason="x")}
WIKI = policy(asset("wiki", placement("local")), requests=ASKED)
THEIRS = policy(asset("wiki", placement("local"), host="db1"), requests=ASKED)
LATER = policy(asset("wiki", placement("local"), source=Source(mysql=MysqlSource())), requests=ASKED)
FRESHNESS = one_of(WIKI, "freshness")
assert isinstance(FRESHNESS, Freshness)
SLOT, NEXT = FRESHNESS.slots.latest(NOW), FRESHNESS.slots.next(NOW)
THERE = facts("local", backup("a", NOW - HOUR / 2))


def back_up(why: Reason, due_at: datetime, **fields: Any) -> BackUp:
    return BackUp("wiki", "local", why, due_at, **({"slot": SLOT} | fields))


class TestRequests:
    def stand(self, there: PlacementFacts, now: datetime = NOW, **fields: Any) -> Assessment:
        return assess(one_of(WIKI, "request"), world(there, **fields), now)

    def said(self, state: State, reason: Reason, since: datetime | None, until: datetime, *done: Action) -> Assessment:
        return Assessment(Promise("request", "wiki", name="upgrade"), state, reason, since, until, done)

    def test_asked(self) -> None:
        why = Reason.of(Code.REQUESTED, request="upgrade")
        action = back_up(why, SLOT, parent="a", request="upgrade")
        there = facts("local", backup("a", SLOT + MINUTE))
        assert self.stand(there) == self.said(State.DUE, why, None, NEXT, action)
        theirs = assess(one_of(THEIRS, "request"), world(there), NOW)
        assert theirs == self.said(State.DUE, why, None, NEVER)
        changed = assess(one_of(WIKI, "request"), world(ready("local", reach=Reach.CHANGED), there), NOW)
        assert changed == self.said(State.DUE, why, None, NEVER)

    def test_done_by_the_first_that_counts_or_as_the_journal_says(self) -> None:
        named = [backup(id, NOW - age, request="upgrade") for id, age in (("a", HOUR), ("b", DAY))]
        there = facts("local", *named, backup("c", NOW - 2 * DAY))
        assert self.stand(there) == self.said(State.MET, Reason.of(Code.DONE, backup="b"), None, NEVER)
        noted = self.stand(there, requests_done={"upgrade": "gone"})
        assert noted == self.said(State.MET, Reason.of(Code.DONE, backup="gone"), None, NEVER)

    def test_a_source_that_comes_later(self) -> None:
        reason = Reason.of(Code.SOURCE_LATER, source="mysql")
        found = assess(one_of(LATER, "request"), world(facts("local")), NOW)
        assert found == self.said(State.UNATTAINABLE, reason, None, NEVER)

    def test_one_that_does_not_count(self) -> None:
        weak = backup("w", SLOT + MINUTE, request="upgrade", verdict=Verdict.DEGRADED)
        reason = Reason.of(Code.REQUEST_NOT_COUNTED, backup="w")
        assert self.stand(facts("local", weak)) == self.said(State.DUE, reason, weak.time, NEXT)
        follows = FRESHNESS.slots.next(NEXT)
        action = back_up(reason, NEXT, slot=NEXT, request="upgrade")
        found = self.stand(facts("local", weak), NEXT)
        assert found == self.said(State.DUE, reason, None, follows, action)

    def test_one_that_does_not_count_beside_one_of_the_future(self) -> None:
        weak = backup("w", SLOT + MINUTE, request="upgrade", verdict=Verdict.DEGRADED)
        ahead = backup("f", NOW + SKEW + MINUTE, request="upgrade")
        reason = Reason.of(Code.REQUEST_NOT_COUNTED, backup="w")
        found = self.stand(facts("local", weak, ahead))
        assert found == self.said(State.DUE, reason, weak.time, NOW + MINUTE)

    @pytest.mark.parametrize(
        ("local", "nas", "taken"),
        [
            (Reach.READY, Reach.READY, "local"),
            (Reach.UNREACHABLE, Reach.READY, "nas"),
            (Reach.UNREACHABLE, Reach.UNREACHABLE, "local"),
            (Reach.CHANGED, Reach.UNREACHABLE, "nas"),
        ],
    )
    def test_the_first_original_that_answers_takes_it(self, local: Reach, nas: Reach, taken: str) -> None:
        both = policy(asset("wiki", placement("local"), placement("nas")), requests=ASKED)
        there = world(ready("local", reach=local), ready("nas", reach=nas), facts("local"), facts("nas"))
        why = Reason.of(Code.REQUESTED, request="upgrade")
        action = BackUp("wiki", taken, why, NOW - 30 * DAY, SLOT, request="upgrade", initial=True)
        assert assess(one_of(both, "request"), there, NOW) == self.said(State.DUE, why, None, NEXT, action)

    def test_waiting(self) -> None:
        last = replace(failed(NOW - MINUTE, code="dns"), message="no such host")
        failing = Reason.of(Code.FAILING, retry_at=NOW + MINUTE, failures=2, error="dns", message="no such host")
        found = self.stand(facts("local", last=last, failures=2))
        assert found == self.said(State.DUE, failing, None, NOW + MINUTE)
        running = Reason.of(Code.RUNNING, started=NOW - MINUTE)
        found = self.stand(facts("local", last=last, running=True))
        assert found == self.said(State.DUE, running, None, NEXT)


class TestRunbook:
    def stand(self, observed: Observed) -> Assessment:
        return assess(one_of(WIKI, "runbook"), observed, NOW)

    def page(self, age: timedelta, fingerprint: str = "wiki", there: PlacementFacts = THERE) -> Assessment:
        return self.stand(world(there, pages={"wiki": PageFacts(fingerprint, NOW - age)}))

    def said(self, state: State, reason: Reason, since: datetime | None, until: datetime, *done: Action) -> Assessment:
        return Assessment(Promise("runbook", "wiki"), state, reason, since, until, done)

    def test_missing(self) -> None:
        why, wanted = Reason.of(Code.PAGE_MISSING), NOW - 30 * DAY
        assert self.stand(world(THERE)) == self.said(State.DUE, why, wanted, NEVER, Render("wiki", why, wanted))
        assert self.stand(world()) == self.said(State.DUE, why, None, NEVER, Render("wiki", why, BEGINNING))
        both = policy(asset("wiki", placement("nas"), placement("local")))
        later = world(THERE, facts("nas", wanted_since=NOW - DAY))
        assert assess(one_of(both, "runbook"), later, NOW) == self.stand(world(THERE))

    def test_old(self) -> None:
        """Whatever it was rendered from."""
        why, old = Reason.of(Code.PAGE_OLD, rendered_at=NOW - 3 * DAY), NOW - DAY
        said = self.said(State.BREACHED, why, old, NEVER, Render("wiki", why, old))
        assert self.page(3 * DAY) == self.page(3 * DAY, "other") == said

    def test_outdated(self) -> None:
        at = NOW - 2 * HOUR
        why = Reason.of(Code.PAGE_OUTDATED, rendered_at=at)
        action = Render("wiki", why, at)
        assert self.page(2 * HOUR, "other") == self.said(State.DUE, why, at, NOW + 46 * HOUR, action)
        bad = backup("b", NOW - HOUR, suspicious=True)
        ahead = backup("c", NOW + HOUR, suspicious=True)
        found = self.page(2 * HOUR, there=facts("local", bad))
        assert found == self.said(State.DUE, why, at, NOW + 22 * HOUR, action)
        found = self.page(2 * HOUR, there=facts("local", bad, ahead))
        assert found == self.said(State.DUE, why, at, NOW + HOUR, action)

    def test_daily(self) -> None:
        why, daily = Reason.of(Code.PAGE_DAILY, rendered_at=NOW - 30 * HOUR), NOW - 6 * HOUR
        said = self.said(State.DUE, why, daily, NOW + 18 * HOUR, Render("wiki", why, daily))
        assert self.page(30 * HOUR) == said

    def test_current(self) -> None:
        at = NOW - HOUR
        current = Reason.of(Code.PAGE_CURRENT, rendered_at=at)
        assert self.page(HOUR) == self.said(State.MET, current, at, NOW + 23 * HOUR)
        as_old = facts("local", backup("b", at, suspicious=True))
        assert self.page(HOUR, there=as_old) == self.said(State.MET, current, at, NOW + 23 * HOUR)


class TestRedundancy:
    WITHIN = NOW - HOUR / 2

    def demanding(self, copies: Copies) -> ResolvedPolicy:
        wiki = asset("wiki", placement("local"), placement("nas", "local", rpo=DAY), copies=copies)
        return policy(wiki, repositories={"nas": repository("nas", medium="nas", offsite=True)})

    def stand(self, *parts: RepositoryFacts | PlacementFacts, **wants: int) -> Assessment:
        copies = Copies(**({"minimum": 3, "media": 2, "offsite": 1} | wants))
        return assess(one_of(self.demanding(copies), "redundancy"), world(*parts), NOW)

    def said(
        self, state: State, code: Code, found: tuple[int, int, int], since: datetime | None, until: datetime
    ) -> Assessment:
        copies, media, offsite = found
        wants = {"minimum": 3, "media_wanted": 2, "offsite_wanted": 1}
        reason = Reason.of(code, copies=copies, media=media, offsite=offsite, **wants)
        return Assessment(Promise("redundancy", "wiki"), state, reason, since, until)

    def test_enough(self) -> None:
        nas = facts("nas", backup("b", NOW - 20 * HOUR, "nas"))
        found = self.stand(facts("local", backup("a", self.WITHIN)), nas)
        assert found == self.said(State.MET, Code.ENOUGH_COPIES, (3, 2, 1), None, NOW + HOUR / 2)
        ahead = backup("f", NOW + SKEW + MINUTE)
        found = self.stand(facts("local", backup("a", self.WITHIN), ahead), nas)
        assert found == self.said(State.MET, Code.ENOUGH_COPIES, (3, 2, 1), None, NOW + MINUTE)

    def test_unattainable(self) -> None:
        found = self.stand(THERE, minimum=4)
        reason = Reason.of(
            Code.COPIES_UNATTAINABLE, copies=3, minimum=4, media=2, media_wanted=2, offsite=1, offsite_wanted=1
        )
        assert found == Assessment(Promise("redundancy", "wiki"), State.UNATTAINABLE, reason)

    def test_initial(self) -> None:
        found = self.stand(
            facts("local", backup("a", NOW - HOUR / 4)), facts("nas", wanted_since=NOW - 7 * DAY + MINUTE)
        )
        assert found == self.said(State.DUE, Code.COPIES_INITIAL, (2, 1, 0), None, NOW + MINUTE)
        unknown = self.stand(facts("local", wanted_since=None), facts("nas", wanted_since=None))
        assert unknown == self.said(State.DUE, Code.COPIES_INITIAL, (1, 1, 0), None, NEVER)

    def test_unknown_since_the_first_that_cannot_be_seen(self) -> None:
        away = {"reach": Reach.UNREACHABLE}
        local, nas = (
            ready("local", trouble_since=NOW - HOUR, **away),
            ready("nas", trouble_since=NOW - DAY, **away),
        )
        found = self.stand(local, nas, THERE)
        assert found == self.said(State.UNKNOWN, Code.COPIES_UNKNOWN, (1, 1, 0), NOW - DAY, NEVER)
        found = self.stand(replace(local, trouble_since=None), replace(nas, trouble_since=None), THERE)
        assert found == self.said(State.UNKNOWN, Code.COPIES_UNKNOWN, (1, 1, 0), None, NEVER)

    def test_too_few_since_the_last_that_broke(self) -> None:
        old = facts("local", backup("a", NOW - 3 * HOUR))
        older = facts("nas", backup("b", NOW - 2 * DAY, "nas"))
        found = self.stand(old, older)
        assert found == self.said(State.BREACHED, Code.TOO_FEW_COPIES, (1, 1, 0), NOW - 2 * HOUR, NEVER)
        never = facts("nas", wanted_since=NOW - 8 * DAY)
        found = self.stand(facts("local", backup("a", NOW - HOUR / 2)), never)
        assert found == self.said(State.BREACHED, Code.TOO_FEW_COPIES, (2, 1, 0), None, NOW + HOUR / 2)


class TestApplied:
    def stand(self, **fields: Any) -> Assessment:
        facts = PolicyFacts(**({"head": "r2", "applied": "r2", "since": NOW - HOUR / 2} | fields))
        return assess(one_of(WIKI, "applied"), world(policy=facts), NOW)

    def said(self, state: State, reason: Reason, since: datetime | None, until: datetime) -> Assessment:
        return Assessment(Promise("applied", name="iact"), state, reason, since, until)

    def test_applied(self) -> None:
        reason = Reason.of(Code.APPLIED, revision="r2")
        assert self.stand() == self.said(State.MET, reason, NOW - HOUR / 2, NEVER)

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            (
                {"code": "policy-invalid", "problem": "bad", "applied": "r1"},
                Reason.of(Code.POLICY_PROBLEM, error="policy-invalid", problem="bad", applied="r1", head="r2"),
            ),
            ({"applied": "r1"}, Reason.of(Code.NOT_YET_APPLIED, head="r2", applied="r1")),
            ({"applied": None}, Reason.of(Code.NOT_YET_APPLIED, head="r2")),
            ({"applied": None, "head": None}, Reason.of(Code.NOT_YET_APPLIED)),
        ],
    )
    def test_what_lasts_an_hour_is_a_breach_since_then(self, fields: dict[str, Any], reason: Reason) -> None:
        assert self.stand(**fields) == self.said(State.DUE, reason, NOW - HOUR / 2, NOW + HOUR / 2)
        late = self.stand(since=NOW - 2 * HOUR, **fields)
        assert late == self.said(State.BREACHED, reason, NOW - HOUR, NEVER)
        just = self.stand(since=NOW - HOUR, **fields)
        assert just == self.said(State.BREACHED, reason, NOW, NEVER)
        assert self.stand(since=None, **fields) == self.said(State.DUE, reason, None, NEVER)

    def test_waiting_for_approval_since_the_first_block_waits(self) -> None:
        first = PendingFacts("repository/nas", "c", ("a b c",), "why", NOW - 2 * DAY)
        pending = (first, PendingFacts("asset/wiki", "d", ("d",), "why", NOW - DAY))
        reason = Reason.of(Code.WAITING_FOR_APPROVAL, blocks=("asset/wiki", "repository/nas"), applied="r1")
        found = self.stand(pending=pending, applied="r1")
        assert found == self.said(State.DUE, reason, NOW - 2 * DAY, NEVER)
        undated = self.stand(pending=(replace(first, since=None),), applied="r1")
        assert undated.since == NOW - HOUR / 2

    @pytest.mark.parametrize(("count", "rest"), [(5, ()), (6, ("1 more",))])
    def test_unread(self, count: int, rest: tuple[str, ...]) -> None:
        paths = (*(f"{number} (x)" for number in range(5)), *rest)
        found = self.stand(unread=tuple(UnreadFacts(f"{number}", "x") for number in range(count)))
        assert found == self.said(State.DUE, Reason.of(Code.UNREAD, paths=paths), NOW - HOUR / 2, NEVER)
