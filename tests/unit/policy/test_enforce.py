"""Guard 8: nothing lowers without approval, the urgent never waits, and what is enforced is always valid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

import pytest

from reconciler.policy.compare import compare, lowerings
from reconciler.policy.enforce import Enforcement, enforce
from reconciler.policy.models.asset import Expect
from reconciler.policy.models.exceptions import HoldSpec
from reconciler.policy.models.tier import Copies
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.policy.validity import BlockProblem, validate_resolved
from tests.unit.policy.worlds import DAY, HOUR, NOW, asset, pair, policy, repository, world


def nothing(lines: frozenset[str]) -> bool:
    return False


def everything(lines: frozenset[str]) -> bool:
    return True


class Some:
    """Approves a random but steady part of all lines."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __call__(self, lines: frozenset[str]) -> bool:
        return all(Random(f"{self.seed} {line}").random() < 0.6 for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(15))
def test_any_two_valid_policies_enforce_to_a_valid_one(part: int) -> None:
    for seed in range(part * 100, part * 100 + 100):
        enforced, candidate = pair(Random(seed))
        for approved in (nothing, Some(seed)):
            found = enforce(enforced, candidate, approved, NOW)
            assert validate_resolved(found.policy) == (), seed
            assert {b.block for b in found.pending}.isdisjoint(found.applied), seed
            again = enforce(found.policy, candidate, approved, NOW)
            assert again.policy == found.policy, seed
            assert again.applied == (), seed
            assert again.pending == found.pending, seed
        assert lowerings(compare(enforced, enforce(enforced, candidate, nothing, NOW).policy, NOW)) == (), seed
        assert enforce(enforced, candidate, everything, NOW).policy == candidate, seed


def test_the_same_policy_leaves_nothing_to_do() -> None:
    policy = world(Random(1))
    assert enforce(policy, policy, nothing, NOW) == Enforcement(policy, (), ())


def test_a_lowering_waits_as_a_whole_block_with_what_else_is_in_it() -> None:
    enforced = policy(asset(daily=7))
    candidate = policy(asset(daily=3, rto=HOUR / 2))
    found = enforce(enforced, candidate, nothing, NOW)
    assert found.policy == enforced
    assert [(b.block, b.lowerings[0].line) for b in found.pending] == [
        ("asset/wiki", "asset/wiki.repositories[nas].retention.daily 7 3")
    ]
    assert found.lines == ("asset/wiki.repositories[nas].retention.daily 7 3",)


def test_a_hold_that_is_over_goes_without_approval_and_one_that_is_not_waits() -> None:
    def held(expires: date) -> ResolvedPolicy:
        return policy(asset()).model_copy(update={"holds": {"court": HoldSpec(reason="court", expires=expires)}})

    assert enforce(held(NOW.date() - DAY), policy(asset()), nothing, NOW).policy == policy(asset())
    assert enforce(held(NOW.date() + DAY), policy(asset()), nothing, NOW).policy == held(NOW.date() + DAY)


def test_an_urgent_addition_does_not_wait_for_a_lowering_beside_it() -> None:
    found = enforce(policy(asset(daily=7)), policy(asset(daily=3), asset("shop")), nothing, NOW)
    assert found.applied == ("asset/shop",)
    assert found.policy.assets["shop"] == asset("shop")
    assert found.policy.assets["wiki"] == asset(daily=7)


def test_an_asset_waits_for_the_new_repository_that_it_needs() -> None:
    candidate = policy(asset(repositories=("nas", "cold")), repositories=("nas", "cold"))
    found = enforce(policy(asset()), candidate, nothing, NOW)
    assert [b.block for b in found.pending] == ["asset/wiki", "repository/cold"]
    assert found.pending[0].lowerings == ()
    assert "repository/cold" in found.pending[0].why
    approved = enforce(policy(asset()), candidate, lambda lines: all("repository/cold" in x for x in lines), NOW)
    assert approved.policy == candidate


def test_a_repository_stays_as_long_as_an_asset_that_stays_needs_it() -> None:
    enforced = policy(asset(repositories=("nas", "cold")), repositories=("nas", "cold"))
    candidate = policy(asset(repositories=("nas",)))
    found = enforce(enforced, candidate, lambda lines: lines == {"repository/cold present absent"}, NOW)
    assert found.policy == enforced
    assert {b.block for b in found.pending} == {"asset/wiki", "repository/cold"}
    assert enforce(enforced, candidate, everything, NOW).policy == candidate


def test_two_assets_that_would_need_each_other_do_not_take_the_rest_with_them() -> None:
    # shop waits for an approval, so wiki's new need of it would close a circle with shop's old one.
    enforced = policy(asset("wiki"), asset("shop", depends_on=("wiki",)))
    candidate = policy(asset("wiki", depends_on=("shop",)), asset("shop", daily=1), asset("zoo"))
    found = enforce(enforced, candidate, nothing, NOW)
    assert found.applied == ("asset/zoo",)
    assert validate_resolved(found.policy) == ()


def test_a_repository_that_stops_being_offsite_breaks_no_asset_that_did_not_change() -> None:
    enforced = policy(asset(copies=Copies(minimum=2, offsite=1)))
    enforced = enforced.model_copy(update={"repositories": {"nas": repository(offsite=True)}})
    candidate = policy(asset(copies=Copies(minimum=2, offsite=0)))
    found = enforce(enforced, candidate, lambda lines: all("repository" in line for line in lines), NOW)
    assert found.policy == enforced


def test_what_was_broken_already_blames_no_newcomer() -> None:
    broken = policy(asset(owner="nobody"))
    found = enforce(broken, policy(asset(owner="nobody"), asset("shop")), nothing, NOW)
    assert found.applied == ("asset/shop",)


def test_an_accepted_backup_is_a_lowering_and_forgetting_it_is_none() -> None:
    accepting = asset(expect=Expect(accept="a" * 64))
    assert enforce(policy(asset()), policy(accepting), nothing, NOW).pending[0].lowerings[0].line == (
        f"asset/wiki.expect.accept none {'a' * 64}"
    )
    assert enforce(policy(accepting), policy(asset()), nothing, NOW).applied == ("asset/wiki",)


def test_problems_name_every_missing_reference() -> None:
    problems = validate_resolved(policy(asset(owner="nobody", depends_on=("gone",), repositories=("cold",))))
    assert {p.other_blocks for p in problems} == {("contact/nobody",), ("asset/gone",), ("repository/cold",)}
    assert {p.block for p in problems} == {"asset/wiki"}


OLD, LOWERED = asset("wiki", daily=7), asset("wiki", daily=3)
WHY = "the policy would be invalid with it: too much for the old wiki"


def too_much_beside_the_old_wiki(*names: str) -> Callable[[ResolvedPolicy], tuple[BlockProblem, ...]]:
    """A check that these assets break together, as long as the wiki is as it was; it blames nobody."""

    def check(found: ResolvedPolicy) -> tuple[BlockProblem, ...]:
        broken = found.assets["wiki"] == OLD and set(names) <= found.assets.keys()
        return (BlockProblem("policy", (), "too much for the old wiki"),) if broken else ()

    return check


def test_a_problem_that_blames_nobody_sends_back_the_first_block_that_helps_and_no_other() -> None:
    candidate = policy(LOWERED, asset("auth"), asset("mail"), asset("shop"))
    found = enforce(policy(OLD), candidate, nothing, NOW, too_much_beside_the_old_wiki("mail", "shop"))
    assert found.applied == ("asset/auth", "asset/shop")
    assert [(waits.block, waits.why) for waits in found.pending] == [
        ("asset/mail", WHY),
        ("asset/wiki", "it lowers protection and waits for approval"),
    ]


def test_a_problem_that_no_single_block_ends_sends_all_of_them_back() -> None:
    def check(found: ResolvedPolicy) -> tuple[BlockProblem, ...]:
        return too_much_beside_the_old_wiki("wiki")(found) if len(found.assets) > 1 else ()

    candidate = policy(LOWERED, asset("auth"), asset("mail"))
    found = enforce(policy(OLD), candidate, nothing, NOW, check)
    assert found.policy == policy(OLD)
    assert [(waits.block, waits.why) for waits in found.pending[:2]] == [("asset/auth", WHY), ("asset/mail", WHY)]


def test_a_problem_shows_in_the_changed_block_that_has_it_before_those_that_it_touches() -> None:
    def check(found: ResolvedPolicy) -> tuple[BlockProblem, ...]:
        beside = too_much_beside_the_old_wiki("auth", "mail")(found)
        return (BlockProblem("asset/mail", ("asset/auth",), "too much for the old wiki"),) if beside else ()

    candidate = policy(LOWERED, asset("auth"), asset("mail"))
    found = enforce(policy(OLD), candidate, nothing, NOW, check)
    assert found.applied == ("asset/auth",)
    assert [waits.block for waits in found.pending] == ["asset/mail", "asset/wiki"]


def test_several_problems_send_back_each_block_of_theirs_and_keep_their_own_words() -> None:
    def check(found: ResolvedPolicy) -> tuple[BlockProblem, ...]:
        names = [name for name in ("auth", "mail") if too_much_beside_the_old_wiki(name)(found)]
        # The second shows only when the first is gone.
        return tuple(BlockProblem(f"asset/{name}", (), f"{name} is too much") for name in names[:1])

    candidate = policy(LOWERED, asset("auth"), asset("mail"), asset("shop"))
    found = enforce(policy(OLD), candidate, nothing, NOW, check)
    assert found.applied == ("asset/shop",)
    assert [(waits.block, waits.why.rpartition(": ")[2]) for waits in found.pending[:2]] == [
        ("asset/auth", "auth is too much"),
        ("asset/mail", "mail is too much"),
    ]


def test_what_is_wrong_already_keeps_nothing_new_from_being_enforced() -> None:
    def check(_found: ResolvedPolicy) -> tuple[BlockProblem, ...]:
        return (BlockProblem("asset/wiki", ("asset/mail",), "a rule became stricter"),)

    found = enforce(policy(OLD), policy(LOWERED, asset("mail")), nothing, NOW, check)
    assert found.applied == ("asset/mail",)
