"""What follows a round in the same pass: the round is carried out in memory as if all went well, and planned again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import assert_never

from reconciler.obligations.actions import (
    Action,
    BackUp,
    Check,
    Copy,
    Forget,
    Initialise,
    Key,
    Mark,
    Prune,
    Render,
    key,
)
from reconciler.obligations.assess import Obligation
from reconciler.obligations.assessment import Promise
from reconciler.obligations.orphaned import assess_orphans
from reconciler.obligations.steady import Known, assess_again
from reconciler.observed.facts import Observed, PlacementFacts, Reach, RepositoryFacts, with_beginnings
from reconciler.plan.build import plan_of
from reconciler.plan.context import Context
from reconciler.plan.plan import Plan
from reconciler.plan.simulated import Result, Run, after_backup, after_copy, after_forget, after_mark

MOST_ROUNDS = 6
"""A pass plans no more rounds either."""
_MADE = "made-ahead-"
"""In the names of backups that the pass itself would make: no engine gives such a name."""


def following(plan: Plan, obligations: Sequence[Obligation], context: Context) -> tuple[Action, ...]:
    """What a pass would do after the plan's own actions, in its order; pages aside, they come last anyway.

    ``obligations`` are those that the plan's actions may concern. Backups that the pass itself makes have no id
    yet, so no action names them.
    """
    world = _World(context)
    tried: set[tuple[Key, tuple[str, ...]]] = set()
    found: list[Action] = []
    todo = list(plan.runnable)
    known: Mapping[Promise, Known] = {}
    for _round in range(MOST_ROUNDS):
        tried |= {_tried(action) for action in todo}
        for action in todo:
            world.do(action)
        ahead = replace(context, observed=world.observed)
        known = assess_again(obligations, ahead.observed, ahead.now, known)
        assessments = [one.assessment for one in known.values()]
        assessments += assess_orphans(ahead.observed, ahead.policy, ahead.limits, ahead.now)
        again = plan_of(assessments, ahead, plan.revision).runnable
        todo = [action for action in again if not isinstance(action, Render) and _tried(action) not in tried]
        if not todo:
            break
        found += map(_without_made, todo)
    return tuple(found)


class _World:
    """The observed world, changed by actions that all succeed at once."""

    def __init__(self, context: Context) -> None:
        self._observed, self._policy, self._now = context.observed, context.policy, context.now
        self._repositories = dict(context.observed.repositories)
        self._placements = dict(context.observed.placements)
        self._requests = dict(context.observed.requests_done)
        self._numbers = count(1)

    @property
    def observed(self) -> Observed:
        """The world as it is now."""
        return replace(
            self._observed,
            repositories=with_beginnings(self._repositories, self._placements.values()),
            placements=dict(self._placements),
            requests_done=dict(self._requests),
        )

    def do(self, action: Action) -> None:
        """The world as it is after that action."""
        match action:
            case Initialise():
                pin = f"id-{action.repository}"
                facts = RepositoryFacts(action.repository, Reach.READY, pinned=pin, seen=pin, listed_at=self._now)
                self._repositories[action.repository] = facts
            case BackUp():
                self._back_up(action)
            case Copy():
                self._copy(action)
            case Mark() | Forget():
                self._delete(action)
            case Prune():
                facts = self._repository(action.repository)
                self._repositories[action.repository] = replace(facts, forgotten=0, pruned_at=self._now)
            case Check():
                facts = self._repository(action.repository)
                self._repositories[action.repository] = replace(facts, checked_at=self._now, check_sound=True)
            case Render():
                return
            case _:
                assert_never(action)

    def _back_up(self, action: BackUp) -> None:
        facts = self._placement(action.asset, action.repository)
        asset = self._policy.assets.get(action.asset)
        shrink = asset.expect.maximum_shrink if asset else 1.0
        run = self._run(action, facts)
        after = after_backup(facts, run, shrink)
        name = f"{_MADE}{run.number}"
        backups = tuple(one if one in facts.backups else replace(one, id=name, lineage=name) for one in after.backups)
        place = (action.asset, action.repository)
        self._placements[place] = replace(after, backups=backups, usual_duration=facts.usual_duration)
        if action.request:
            self._requests[action.request] = name

    def _copy(self, action: Copy) -> None:
        facts = self._placement(action.asset, action.repository)
        chosen = {one.id for one in action.backups}
        originals = self._placement(action.asset, action.origin).backups
        copied = after_copy(facts, self._run(action, facts), [one for one in originals if one.id in chosen])
        self._placements[action.asset, action.repository] = copied

    def _delete(self, action: Mark | Forget) -> None:
        """Backups of assets that left the policy stay as they are: nothing else of the pass depends on them."""
        place, gone = (action.asset, action.repository), {one.id for one in action.backups}
        facts = self._placements.get(place)
        if facts and isinstance(action, Mark):
            self._placements[place] = after_mark(facts, action, self._now)
        elif facts:
            self._placements[place] = after_forget(facts, gone)
        if isinstance(action, Forget):
            repository = self._repository(action.repository)
            forgotten = repository.forgotten + len(gone)
            self._repositories[action.repository] = replace(repository, forgotten=forgotten)

    def _run(self, action: BackUp | Copy, facts: PlacementFacts) -> Run:
        """It takes no time and is as large as the one before, so that nothing looks odd."""
        newest = facts.newest_counted(self._now)
        size = (newest.size if newest else facts.usual_size) or 1
        return Run(action, Result(timedelta(0), size), self._now, next(self._numbers))

    def _repository(self, name: str) -> RepositoryFacts:
        return self._repositories.get(name) or RepositoryFacts(name)

    def _placement(self, asset: str, repository: str) -> PlacementFacts:
        return self._placements.get((asset, repository)) or PlacementFacts(asset, repository)


def _tried(action: Action) -> tuple[Key, tuple[str, ...]]:
    """What a pass does not try twice."""
    chosen = action.backups if isinstance(action, Copy | Mark | Forget) else ()
    return key(action), tuple(one.id for one in chosen)


def _without_made(action: Action) -> Action:
    """The action without what is not made yet."""
    match action:
        case BackUp():
            parent = action.parent or ""
            return replace(action, parent=None) if _MADE in parent else action
        case Copy() | Mark() | Forget():
            known = tuple(one for one in action.backups if _MADE not in one.id)
            return replace(action, backups=known)
        case _:
            return action
