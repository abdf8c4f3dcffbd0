"""What follows a round in the same pass, drawn from memory: first backups, and copies of what was made just now."""

from __future__ import annotations

from hypothesis import given
from hypothesis import settings as hypothesis_settings

from reconciler.obligations.actions import Action, BackUp, Copy, Forget, Mark
from reconciler.observed.attempts import Verb
from reconciler.observed.facts import MarkFacts, Observed, SuspensionFacts
from reconciler.plan.ahead import following
from reconciler.plan.build import make_plan
from reconciler.plan.context import Context
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
    copied,
    facts,
    placement,
    policy,
    ready,
    world,
)
from tests.unit.obligations.worlds import POLICY, worlds

CHAIN = policy(
    asset("slow", placement("local"), rpo=7 * DAY),
    asset("wiki", placement("local"), placement("nas", "local"), placement("cold", "nas"), rpo=HOUR),
)
BACKUP_SLOW, BACKUP_WIKI = (Verb.BACKUP, "slow", "local"), (Verb.BACKUP, "wiki", "local")
COPY_NAS, COPY_COLD = (Verb.COPY, "wiki", "nas"), (Verb.COPY, "wiki", "cold")


def _ahead(observed: Observed, resolved: ResolvedPolicy = CHAIN) -> tuple[Action, ...]:
    obligations = compiled(resolved)
    plan = make_plan(obligations, observed, resolved, LIMITS, "r1", NOW)
    return following(plan, obligations, Context(observed, resolved, LIMITS, NOW))


def _named(actions: tuple[Action, ...]) -> list[tuple[Verb, str, str]]:
    return [(one.verb, one.asset, one.repository) for one in actions if isinstance(one, BackUp | Copy)]


def test_a_first_plan_shows_the_backups_by_tier_and_then_the_copies_of_copies() -> None:
    assert _named(_ahead(Observed())) == [BACKUP_WIKI, BACKUP_SLOW, COPY_NAS, COPY_COLD]


def test_first_backups_of_one_tier_come_in_order_of_size() -> None:
    names = {"a": 300, "b": 100, "c": 200}
    resolved = policy(*(asset(name, placement("local")) for name in names))
    sized = [facts("local", asset=name, usual_size=size) for name, size in names.items()]
    found = _named(_ahead(Observed(placements={(one.asset, one.repository): one for one in sized}), resolved))
    assert [name for _verb, name, _repository in found] == ["b", "c", "a"]


def test_a_copy_follows_the_backup_of_the_same_pass_and_names_no_backup_that_is_not_made() -> None:
    old = backup("old", NOW - 2 * DAY)
    there = [
        facts("local", old),
        facts("nas", copied(old, "nas")),
        facts("cold", copied(copied(old, "nas"), "cold")),
        facts("local", backup("s", NOW - HOUR, asset="slow"), asset="slow"),
    ]
    found = _ahead(world(*there))
    assert _named(found) == [COPY_NAS, COPY_COLD]
    assert all(one.backups == () for one in found if isinstance(one, Copy))


def test_what_a_new_backup_evicts_is_marked_in_the_same_pass() -> None:
    resolved = policy(asset("wiki", placement("local", retention=RetentionSpec(last=2))))
    row = [backup(f"b{n}", NOW - n * 5 * DAY) for n in (1, 2)]
    found = _ahead(world(facts("local", *row)), resolved)
    marks = [one for one in found if isinstance(one, Mark)]
    assert [[one.id for one in mark.backups] for mark in marks] == [["b2"]]


def test_the_space_of_what_is_forgotten_is_reclaimed_in_the_same_pass() -> None:
    resolved = policy(asset("wiki", placement("local", retention=RetentionSpec(last=1))))
    row = [backup(f"b{n}", NOW - n * 5 * DAY) for n in range(3)]
    old = MarkFacts("b2", NOW - 3 * DAY, "no rule keeps it")
    observed = world(ready("local", checked_at=NOW), facts("local", *row, marks={"b2": old}))
    plan = make_plan(compiled(resolved), observed, resolved, LIMITS, "r1", NOW)
    assert any(isinstance(one, Forget) for one in plan.runnable)
    assert Verb.PRUNE in [one.verb for one in _ahead(observed, resolved)]


def test_nothing_follows_what_is_suspended() -> None:
    stopped = SuspensionFacts("s", (Verb.BACKUP,), NOW + HOUR, asset="wiki")
    found = _named(_ahead(Observed(suspensions=(stopped,))))
    assert found == [BACKUP_SLOW]


@hypothesis_settings(deadline=None)
@given(observed=worlds())
def test_looking_ahead_ends_invents_no_id_and_repeats_nothing(observed: Observed) -> None:
    found = _ahead(observed, POLICY)
    real = {one.id for place in observed.placements.values() for one in place.backups}
    real |= {one.id for orphan in observed.orphans for one in orphan.backups}
    for action in found:
        if isinstance(action, Mark | Forget):
            assert {one.id for one in action.backups} <= real
    runs = [(one.verb, one.asset, one.repository, one.slot) for one in found if isinstance(one, BackUp)]
    assert len(runs) == len(set(runs))
