"""A world in memory: plans are carried out in it and its clock leaps to the next instant that matters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import assert_never

from reconciler.obligations.actions import Action, BackUp, Check, Copy, Forget, Initialise, Mark, Prune, Render
from reconciler.obligations.assessment import Promise
from reconciler.obligations.compile import Fingerprint, compile_obligations
from reconciler.obligations.limits import Limits
from reconciler.obligations.orphaned import assess_orphans
from reconciler.obligations.steady import Known, assess_again
from reconciler.observed.attempts import Outcome
from reconciler.observed.facts import (
    ClockFacts,
    Observed,
    OrphanFacts,
    PageFacts,
    PlacementFacts,
    PolicyFacts,
    Reach,
    RepositoryFacts,
    with_beginnings,
)
from reconciler.plan.build import plan_of
from reconciler.plan.context import Context
from reconciler.plan.guards.budget import FIRST_CREDIT
from reconciler.plan.plan import Plan, PlannedAction
from reconciler.plan.simulated import (
    Result,
    Run,
    after_acceptance,
    after_backup,
    after_copy,
    after_failure,
    after_forget,
    after_mark,
    used_up,
)
from reconciler.policy.resolved import ResolvedPolicy

Conduct = Callable[[BackUp | Copy, datetime], Result]
"""What becomes of a backup or copy that starts at that instant."""

MOST_ROUNDS = 20
"""Rounds at one instant: a plan that never comes to rest is an error."""


@dataclass(frozen=True, slots=True)
class Done:
    """An action that was carried out; for backups and copies, ``at`` is their end and ``run`` tells the rest."""

    at: datetime
    action: Action
    run: Run | None = None


class Fleet:
    """The assets of one host in their repositories, and everything that was done to them."""

    def __init__(
        self, policy: ResolvedPolicy, limits: Limits, now: datetime, conduct: Conduct, fingerprint: Fingerprint
    ) -> None:
        self.limits, self.conduct, self.now = limits, conduct, now
        self.repositories: dict[str, RepositoryFacts] = {}
        self.placements: dict[tuple[str, str], PlacementFacts] = {}
        self.orphans: dict[tuple[str, str], OrphanFacts] = {}
        self.pages: dict[str, PageFacts] = {}
        self.requests_done: dict[str, str] = {}
        self.approved: frozenset[str] = frozenset()
        self.done: list[Done] = []
        self.blocked: list[tuple[datetime, PlannedAction]] = []
        self._fingerprint = fingerprint
        self._known: dict[Promise, Known] = {}
        self._runs: list[tuple[datetime, int, Run]] = []
        self._numbers = count(1)
        self.change(policy)

    def change(self, policy: ResolvedPolicy) -> None:
        """Enforce another policy from now on: new placements are wanted, those left out are orphans."""
        self.policy = policy
        self._obligations = compile_obligations(policy, self.limits, self._fingerprint)
        wanted = {(asset.name, placed.repository) for asset in policy.assets.values() for placed in asset.placements}
        for place in wanted - self.placements.keys():
            orphan = self.orphans.pop(place, None)
            backups, marks = (orphan.backups, orphan.marks) if orphan else ((), {})
            credit = orphan.credit if orphan else FIRST_CREDIT
            self.placements[place] = PlacementFacts(
                *place, backups=backups, wanted_since=self.now, marks=marks, credit=credit
            )
        for place in self.placements.keys() - wanted:
            facts = self.placements.pop(place)
            identity = policy.identity(place[0])
            self.orphans[place] = OrphanFacts(identity, place[1], tuple(facts.backups), facts.marks, facts.credit)

    def observed(self) -> Observed:
        """The world as a pass would find it."""
        return Observed(
            repositories=with_beginnings(self.repositories, self.placements.values()),
            placements=dict(self.placements),
            pages=dict(self.pages),
            requests_done=dict(self.requests_done),
            policy=PolicyFacts(head="r1", applied="r1"),
            clock=ClockFacts(newest_entry=self.now),
            orphans=tuple(orphan for orphan in self.orphans.values() if orphan.backups),
            approved_lines=self.approved,
        )

    def plan(self) -> Plan:
        """The plan of this instant."""
        observed = self.observed()
        self._known = assess_again(self._obligations, observed, self.now, self._known)
        assessments = [known.assessment for known in self._known.values()]
        assessments += assess_orphans(observed, self.policy, self.limits, self.now)
        return plan_of(assessments, Context(observed, self.policy, self.limits, self.now), "r1")

    def run(self, to: datetime) -> None:
        """Let the loop run up to that instant, leaping from one instant that matters to the next."""
        while True:
            until = self._come_to_rest()
            following = min(until, self._runs[0][0]) if self._runs else until
            if following >= to:
                self.now = to
                return
            self.now = following
            while self._runs and self._runs[0][0] <= self.now:
                self._arrive(heappop(self._runs)[2])

    def sleep(self, to: datetime) -> None:
        """The host is off: nothing runs, and what was under way is lost."""
        for _, _, run in self._runs:
            place = (run.action.asset, run.action.repository)
            cut = replace(run, result=replace(run.result, duration=self.now - run.began, error="abandoned"))
            self.placements[place] = after_failure(self.placements[place], cut, Outcome.ABANDONED)
        self._runs = []
        self.now = to

    def lose(self, repository: str, reach: Reach = Reach.UNREACHABLE) -> None:
        """The repository cannot be used from now on."""
        self.repositories[repository] = replace(self.repositories[repository], reach=reach, trouble_since=self.now)

    def regain(self, repository: str) -> None:
        """The repository answers again."""
        facts = self.repositories[repository]
        self.repositories[repository] = replace(facts, reach=Reach.READY, trouble_since=None)

    def approve(self, lines: Iterable[str]) -> None:
        """Somebody approves these lines; each is used up by its mark."""
        self.approved |= frozenset(lines)

    def accept(self, asset: str, lineage: str) -> None:
        """The policy accepts a suspicious backup of the asset."""
        shrink = self.policy.assets[asset].expect.maximum_shrink
        for place, facts in self.placements.items():
            if place[0] == asset:
                self.placements[place] = after_acceptance(facts, lineage, shrink)

    def _come_to_rest(self) -> datetime:
        """Carry out plans until one has nothing to start; gives when time alone brings something new."""
        for _ in range(MOST_ROUNDS):
            plan = self.plan()
            self.blocked += [(self.now, planned) for planned in plan.blocked]
            for action in plan.runnable:
                self._start(action)
            if not plan.runnable:
                return plan.until
        raise RuntimeError(f"the plan of {self.now} does not come to rest: {plan.runnable}")

    def _start(self, action: Action) -> None:
        match action:
            case BackUp() | Copy():
                self._depart(action)
                return
            case Initialise():
                pin = f"id-{action.repository}"
                facts = RepositoryFacts(action.repository, Reach.READY, pinned=pin, seen=pin, listed_at=self.now)
                self.repositories[action.repository] = facts
            case Mark():
                self._mark(action)
            case Forget():
                self._forget(action)
            case Prune():
                facts = self.repositories[action.repository]
                self.repositories[action.repository] = replace(facts, forgotten=0, pruned_at=self.now)
            case Check():
                facts = self.repositories[action.repository]
                self.repositories[action.repository] = replace(facts, checked_at=self.now)
            case Render():
                self.pages[action.asset] = PageFacts(self._fingerprint(self.policy.assets[action.asset]), self.now)
            case _:
                assert_never(action)
        self.done.append(Done(self.now, action))

    def _depart(self, action: BackUp | Copy) -> None:
        """A backup or copy begins; where the repository is away it fails at once."""
        facts = self.repositories[action.repository]
        result = self.conduct(action, self.now) if facts.ready else Result(timedelta(0), error="unreachable")
        run = Run(action, result, self.now, next(self._numbers))
        place = (action.asset, action.repository)
        self.placements[place] = replace(self.placements[place], running=True)
        if isinstance(action, BackUp) and action.initial:
            self.repositories[action.repository] = replace(facts, busy_first=True)
        heappush(self._runs, (run.ended, run.number, run))

    def _arrive(self, run: Run) -> None:
        """A backup or copy ends, unless its place left the policy meanwhile."""
        action = run.action
        place = (action.asset, action.repository)
        facts = self.placements.get(place)
        if facts is None:
            return
        if run.result.error or not self.repositories[action.repository].ready:
            self.placements[place] = after_failure(facts, run)
        elif isinstance(action, Copy):
            chosen = {one.id for one in action.backups}
            there = self.placements[action.asset, action.origin].backups
            self.placements[place] = after_copy(facts, run, [b for b in there if b.id in chosen])
        else:
            shrink = self.policy.assets[action.asset].expect.maximum_shrink
            self.placements[place] = made = after_backup(facts, run, shrink)
            repository = self.repositories[action.repository]
            self.repositories[action.repository] = replace(repository, busy_first=False)
            newest = made.newest_counted(self.now)
            if action.request and newest and newest.request == action.request:
                self.requests_done[action.request] = newest.id
        self.done.append(Done(self.now, action, run))

    def _mark(self, action: Mark) -> None:
        place = (action.asset, action.repository)
        if place in self.placements:
            self.placements[place] = after_mark(self.placements[place], action, self.now)
        else:
            self.orphans[place] = after_mark(self.orphans[place], action, self.now)
        self.approved -= used_up(action)

    def _forget(self, action: Forget) -> None:
        place, gone = (action.asset, action.repository), {one.id for one in action.backups}
        if place in self.placements:
            self.placements[place] = after_forget(self.placements[place], gone)
        else:
            self.orphans[place] = after_forget(self.orphans[place], gone)
        facts = self.repositories[action.repository]
        self.repositories[action.repository] = replace(facts, forgotten=facts.forgotten + len(gone))
