"""What is said of repositories, their checks and their room; each of it whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from reconciler.obligations.actions import Action, Check, Initialise, Prune
from reconciler.obligations.assess import assess
from reconciler.obligations.assessment import Assessment, Promise, State
from reconciler.obligations.codes import Code
from reconciler.obligations.repository import BEGINNING
from reconciler.observed.attempts import Verb
from reconciler.observed.facts import PlacementFacts, Reach, RepositoryFacts
from reconciler.observed.reason import Reason
from reconciler.policy.models.document import Window
from reconciler.policy.models.repository import Capacity, Checks, Maintenance
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
WIKI = policy(asset("wiki", placement("local"), placement("nas", "local")))
THEIRS = policy(
    asset("wiki", placement("local"), host="db1"), repositories={"local": repository("local", keeper="db1")}
)
NEW = RepositoryFacts("local")
WANTED = facts("local", wanted_since=NOW - HOUR)
FIRST = NOW - 30 * DAY
THERE = facts("local", backup("a", FIRST), backup("b", NOW - HOUR))


def windowed(cron: str) -> ResolvedPolicy:
    window = Window(cron=cron, duration=3 * HOUR)
    spec = repository("local", maintenance=Maintenance(window=window), checks=Checks(window=window))
    return policy(asset("wiki", placement("local")), repositories={"local": spec})


NOON = windowed("0 12 * * *")
"""In Madrid: open since eleven in UTC, and until two."""


class TestRepository:
    def stand(self, *parts: RepositoryFacts | PlacementFacts, of: ResolvedPolicy = WIKI, **fields: Any) -> Assessment:
        return assess(one_of(of, "repository", "local"), world(*parts, **fields), NOW)

    def said(self, state: State, reason: Reason, since: datetime | None, until: datetime, *done: Action) -> Assessment:
        return Assessment(Promise("repository", repository="local"), state, reason, since, until, done)

    @pytest.mark.parametrize(
        ("reach", "state", "code", "names"),
        [
            (Reach.NEVER_SEEN, State.BREACHED, Code.MISSING, ("pinned",)),
            (Reach.MISSING, State.BREACHED, Code.MISSING, ("pinned",)),
            (Reach.CHANGED, State.BREACHED, Code.CHANGED, ("pinned", "seen")),
            (Reach.REFUSED, State.BREACHED, Code.REFUSED, ("error", "message")),
            (Reach.UNREACHABLE, State.UNKNOWN, Code.UNREACHABLE, ("error", "message")),
        ],
    )
    def test_trouble(self, reach: Reach, state: State, code: Code, names: tuple[str, ...]) -> None:
        every = {"pinned": "p", "seen": "s", "error": "dns", "message": "no such host"}
        found = ready(
            "local", reach=reach, trouble_since=NOW - HOUR, pinned="p", seen="s", code="dns", message="no such host"
        )
        reason = Reason.of(code, **{name: every[name] for name in names})
        assert self.stand(found, WANTED) == self.said(state, reason, NOW - HOUR, NEVER)
        silent = replace(found, code="", message="", seen=None)
        kept = {"pinned": "p"} if "pinned" in names else {}
        assert self.stand(silent, WANTED) == self.said(state, Reason.of(code, **kept), NOW - HOUR, NEVER)

    def test_a_journal_that_was_lost(self) -> None:
        found = self.stand(NEW, WANTED, journal_lost=True)
        assert found == self.said(State.UNKNOWN, Reason.of(Code.JOURNAL_LOST), NOW - HOUR, NEVER)

    def test_one_that_others_make(self) -> None:
        reason = Reason.of(Code.WAITING_FOR_KEEPER, keeper="db1")
        assert self.stand(NEW, WANTED, of=THEIRS) == self.said(State.DUE, reason, NOW - HOUR, NEVER)

    def test_one_to_be_made_and_one_not_made_for_a_day(self) -> None:
        why = Reason.of(Code.NEVER_SEEN)
        action = Initialise("local", why, NOW - HOUR)
        assert self.stand(NEW, WANTED) == self.said(State.DUE, why, NOW - HOUR, NOW + 23 * HOUR, action)
        late = facts("local", wanted_since=NOW - DAY)
        action = Initialise("local", why, NOW - DAY)
        assert self.stand(NEW, late) == self.said(State.BREACHED, why, NOW, NEVER, action)
        unknown = facts("local", wanted_since=None)
        action = Initialise("local", why, BEGINNING)
        assert self.stand(NEW, unknown) == self.said(State.DUE, why, None, NEVER, action)

    def test_a_target_like_its_origin(self) -> None:
        nas = one_of(WIKI, "repository", "nas")
        promise, until = Promise("repository", repository="nas"), NOW + 23 * HOUR
        wanted = facts("nas", wanted_since=NOW - HOUR)
        waits = Reason.of(Code.WAITING_FOR_ORIGIN, origin="local")
        found = assess(nas, world(NEW, RepositoryFacts("nas"), wanted), NOW)
        assert found == Assessment(promise, State.DUE, waits, NOW - HOUR, until)
        why = Reason.of(Code.NEVER_SEEN, like="local")
        action = Initialise("nas", why, NOW - HOUR, "local")
        found = assess(nas, world(ready("local"), RepositoryFacts("nas"), wanted), NOW)
        assert found == Assessment(promise, State.DUE, why, NOW - HOUR, until, (action,))

    def test_one_whose_making_failed(self) -> None:
        last = replace(failed(NOW - MINUTE, code="dns", verb=Verb.INITIALISE), message="no such host")
        broken = replace(NEW, last={Verb.INITIALISE: last}, failures={Verb.INITIALISE: 3})
        failing = Reason.of(Code.FAILING, retry_at=NOW + 3 * MINUTE, failures=3, error="dns", message="no such host")
        assert self.stand(broken, WANTED) == self.said(State.DUE, failing, NOW - HOUR, NOW + 3 * MINUTE)
        wanted = NOW - DAY + MINUTE
        found = self.stand(broken, facts("local", wanted_since=wanted))
        assert found == self.said(State.DUE, failing, wanted, NOW + MINUTE)

    @pytest.mark.parametrize(
        ("fields", "state", "reason"),
        [
            ({}, State.MET, Reason.of(Code.READY)),
            ({"damaged": ("d", "e")}, State.BREACHED, Reason.of(Code.DAMAGED, ids=("d", "e"))),
            ({"vanished": ("v",), "damaged": ("d",)}, State.BREACHED, Reason.of(Code.VANISHED, ids=("v",))),
        ],
    )
    def test_ready(self, fields: dict[str, Any], state: State, reason: Reason) -> None:
        found = ready("local", trouble_since=NOW - HOUR, **fields)
        assert self.stand(found, THERE) == self.said(state, reason, NOW - HOUR, NEVER)
        # A prune goes on beside a breach, which keeps its reason.
        why = Reason.of(Code.SPACE_TO_RECLAIM, forgotten=3)
        action = Prune("local", why, NOW)
        due, said = (State.DUE, why) if state is State.MET else (state, reason)
        full = self.stand(replace(found, forgotten=3), THERE)
        assert full == self.said(due, said, NOW - HOUR, NEVER, action)
        waits = self.stand(replace(found, forgotten=3, pruned_at=NOW - HOUR), THERE)
        assert waits == self.said(state, reason, NOW - HOUR, NOW + 23 * HOUR)
        beside = self.stand(replace(found, forgotten=3, busy_first=True), THERE)
        assert beside == self.said(state, reason, NOW - HOUR, NEVER)

    def test_since_when_a_prune_is_due(self) -> None:
        full = ready("local", forgotten=1, pruned_at=NOW - 2 * DAY)
        forgot = {Verb.FORGET: failed(NOW - 3 * HOUR, verb=Verb.FORGET)}
        for found, due_at in (
            (replace(full, last=forgot), NOW - 3 * HOUR),
            (full, NOW - 2 * DAY),
            (replace(full, pruned_at=None, listed_at=NOW - MINUTE), NOW - MINUTE),
            (replace(full, pruned_at=None, listed_at=None), BEGINNING),
        ):
            why = Reason.of(Code.SPACE_TO_RECLAIM, forgotten=1)
            action = Prune("local", why, due_at)
            assert self.stand(found, THERE) == self.said(State.DUE, why, None, NEVER, action)

    def test_a_prune_in_its_window_and_after_its_backoff(self) -> None:
        met, why = Reason.of(Code.READY), Reason.of(Code.SPACE_TO_RECLAIM, forgotten=1)
        full = ready("local", forgotten=1, pruned_at=NOW - DAY)
        action = Prune("local", why, NOW - DAY)
        found = self.stand(full, THERE, of=NOON)
        assert found == self.said(State.DUE, why, None, NOW + 2 * HOUR, action)
        done = self.stand(replace(full, pruned_at=NOW - HOUR / 2), THERE, of=NOON)
        assert done == self.said(State.MET, met, None, NOW + 2 * HOUR)
        closed = self.stand(full, THERE, of=windowed("0 3 * * *"))
        assert closed == self.said(State.MET, met, None, NOW + 14 * HOUR)
        broken = replace(full, last={Verb.PRUNE: failed(NOW - MINUTE)}, failures={Verb.PRUNE: 3})
        for of in (NOON, WIKI):
            assert self.stand(broken, THERE, of=of) == self.said(State.MET, met, None, NOW + 3 * MINUTE)


class TestIntegrity:
    def stand(self, *parts: RepositoryFacts | PlacementFacts, of: ResolvedPolicy = WIKI) -> Assessment:
        return assess(one_of(of, "integrity", "local"), world(*parts), NOW)

    def said(self, state: State, reason: Reason, since: datetime | None, until: datetime, *done: Action) -> Assessment:
        return Assessment(Promise("integrity", repository="local", name="structure"), state, reason, since, until, done)

    def test_nothing_to_check(self) -> None:
        nothing = self.said(State.MET, Reason.of(Code.NOTHING_TO_CHECK), None, NEVER)
        assert self.stand(NEW, WANTED) == self.stand(ready("local"), WANTED) == nothing

    @pytest.mark.parametrize(("code", "error"), [("dns", {"error": "dns"}), ("", {})])
    def test_unknown(self, code: str, error: dict[str, str]) -> None:
        away = ready("local", reach=Reach.UNREACHABLE, trouble_since=NOW - HOUR, code=code)
        reason = Reason.of(Code.REPOSITORY_NOT_READY, reach="unreachable", **error)
        assert self.stand(away, THERE) == self.said(State.UNKNOWN, reason, NOW - HOUR, NEVER)

    def test_never_checked(self) -> None:
        first = NOW - DAY
        reason = Reason.of(Code.NEVER_CHECKED, first=first)
        check = Check("local", reason, first)
        found = self.stand(facts("local", backup("a", first)))
        assert found == self.said(State.DUE, reason, first, NOW + 6 * DAY, check)
        overdue = Reason.of(Code.CHECK_OVERDUE)
        check = Check("local", overdue, FIRST)
        assert self.stand(THERE) == self.said(State.BREACHED, overdue, FIRST + 7 * DAY, NEVER, check)

    def test_checked(self) -> None:
        at = NOW - DAY
        found = self.stand(ready("local", checked_at=at), THERE)
        assert found == self.said(State.MET, Reason.of(Code.CHECKED, checked_at=at), at, at + 7 * DAY)

    @pytest.mark.parametrize(
        ("message", "parameters"), [("pack 1 is damaged", {"message": "pack 1 is damaged"}), ("", {})]
    )
    def test_unsound(self, message: str, parameters: dict[str, str]) -> None:
        at = NOW - HOUR
        broken = ready("local", checked_at=at, check_sound=False, check_message=message)
        reason = Reason.of(Code.UNSOUND, checked_at=at, **parameters)
        assert self.stand(broken, THERE) == self.said(State.BREACHED, reason, at, NOW + 23 * HOUR)
        again = Reason.of(Code.UNSOUND, checked_at=at - DAY, **parameters)
        found = self.stand(replace(broken, checked_at=at - DAY), THERE)
        assert found == self.said(State.BREACHED, again, at - DAY, NEVER, Check("local", again, at))

    def test_due_and_overdue(self) -> None:
        at = NOW - 7 * DAY - HOUR
        reason = Reason.of(Code.CHECK_DUE, checked_at=at)
        due = self.stand(ready("local", checked_at=at), THERE)
        until = NOW + 23 * HOUR
        assert due == self.said(State.DUE, reason, NOW - HOUR, until, Check("local", reason, NOW - HOUR))
        late = at - DAY
        reason = Reason.of(Code.CHECK_OVERDUE, checked_at=late)
        check = Check("local", reason, NOW - DAY - HOUR)
        found = self.stand(ready("local", checked_at=late), THERE)
        assert found == self.said(State.BREACHED, reason, NOW - HOUR, NEVER, check)

    def test_due_in_its_window_and_overdue_a_day_after_it(self) -> None:
        at = NOW - 7 * DAY
        reason = Reason.of(Code.CHECK_DUE, checked_at=at)
        found = self.stand(ready("local", checked_at=at), THERE, of=NOON)
        assert found == self.said(State.DUE, reason, NOW, NOW + 2 * HOUR, Check("local", reason, NOW))
        # The check was due at noon yesterday, in UTC: that window closed at two.
        late = Reason.of(Code.CHECK_OVERDUE, checked_at=at - 2 * DAY)
        found = self.stand(ready("local", checked_at=at - 2 * DAY), THERE, of=NOON)
        check = Check("local", late, NOW - 2 * DAY)
        assert found == self.said(State.BREACHED, late, NOW - DAY + 2 * HOUR, NOW + 2 * HOUR, check)
        closed = self.stand(ready("local", checked_at=at), THERE, of=windowed("0 3 * * *"))
        assert closed == self.said(State.DUE, reason, NOW, NOW + 14 * HOUR)

    def test_a_check_that_failed_waits(self) -> None:
        at = NOW - 7 * DAY
        last = {Verb.CHECK: failed(NOW - MINUTE, verb=Verb.CHECK)}
        broken = ready("local", checked_at=at, last=last, failures={Verb.CHECK: 3})
        reason = Reason.of(Code.CHECK_DUE, checked_at=at)
        assert self.stand(broken, THERE) == self.said(State.DUE, reason, NOW, NOW + 3 * MINUTE)
        theirs = self.stand(broken, THERE, of=THEIRS)
        assert theirs == self.said(State.DUE, reason, NOW, NOW + DAY)


class TestCapacity:
    SIZED = policy(
        asset("wiki", placement("local")), repositories={"local": repository("local", capacity=Capacity(size=1000))}
    )

    @pytest.mark.parametrize(
        ("found", "state", "reason", "since"),
        [
            (NEW, State.DUE, Reason.of(Code.NOT_INITIALISED), None),
            (
                ready("local", reach=Reach.REFUSED, code="dns", trouble_since=NOW - HOUR, free=1, total=1),
                State.UNKNOWN,
                Reason.of(Code.REPOSITORY_NOT_READY, reach="refused", error="dns"),
                NOW - HOUR,
            ),
            (
                ready("local", reach=Reach.MISSING),
                State.UNKNOWN,
                Reason.of(Code.REPOSITORY_NOT_READY, reach="missing"),
                None,
            ),
            (ready("local"), State.UNKNOWN, Reason.of(Code.UNMEASURABLE), None),
            (
                ready("local", free=0, total=9),
                State.BREACHED,
                Reason.of(Code.CRITICAL, free=0, total=9, below=0.1),
                None,
            ),
            (
                ready("local", stored=1200),
                State.BREACHED,
                Reason.of(Code.CRITICAL, free=0, total=1000, below=0.1),
                None,
            ),
            (ready("local", stored=850), State.DUE, Reason.of(Code.LOW, free=150, total=1000, below=0.2), None),
            (ready("local", free=5, total=0, stored=0), State.MET, Reason.of(Code.ROOM, free=1000, total=1000), None),
            (ready("local", free=2, total=9, stored=0), State.MET, Reason.of(Code.ROOM, free=2, total=9), None),
        ],
    )
    def test_room(self, found: RepositoryFacts, state: State, reason: Reason, since: datetime | None) -> None:
        said = assess(one_of(self.SIZED, "capacity"), world(found), NOW)
        assert said == Assessment(Promise("capacity", repository="local"), state, reason, since)
