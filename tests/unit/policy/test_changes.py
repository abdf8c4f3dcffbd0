"""What changed from one policy to the next: applied to the one it gives the other, in its own order."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.policy.blocks import KINDS, of_kind
from reconciler.policy.changes import PolicyChange, change_between, changed_by
from reconciler.policy.resolved import ResolvedPolicy
from tests.unit.policy.worlds import asset, pair, policy, world

RANDOMS = st.integers(0, 2**32).map(Random)


def _read(change: PolicyChange) -> PolicyChange:
    return PolicyChange.model_validate_json(change.model_dump_json())


def _shuffled(some: ResolvedPolicy, random: Random) -> ResolvedPolicy:
    mixed = {field: list(of_kind(some, field).items()) for field in KINDS.values()}
    for items in mixed.values():
        random.shuffle(items)
    return some.model_copy(update={field: dict(items) for field, items in mixed.items()})


@given(RANDOMS)
def test_a_change_leads_from_any_policy_to_any_other(random: Random) -> None:
    before, after = pair(random) if random.random() < 0.7 else (world(random), world(random))
    after = _shuffled(after, random) if random.random() < 0.3 else after
    found = changed_by(before, _read(change_between(before, after)))
    assert found == after
    assert found.model_dump_json() == after.model_dump_json(), "in the order in which it was written, too"


@given(RANDOMS)
def test_without_a_change_nothing_but_the_head_is_written(random: Random) -> None:
    some = world(random)
    change = change_between(some, some)
    assert (change.removed, change.follows) == ((), {})
    assert all(not of_kind(change.blocks, field) for field in KINDS.values())


def test_only_the_blocks_that_changed_are_written() -> None:
    before = policy(*(asset(name) for name in "abcdef"))
    after = policy(*(asset(name, daily=3 if name == "c" else 7) for name in "fabcde" if name != "d"), asset("z"))
    change = change_between(before, after)
    assert list(change.blocks.assets) == ["c", "z"]
    assert change.removed == ("asset/d",)
    assert change.follows == {"asset/f": "", "asset/z": "e"}


def test_a_change_of_another_policy_is_refused() -> None:
    change = change_between(policy(asset("a"), asset("b")), policy(asset("a"), asset("b"), asset("c")))
    with pytest.raises(ValueError, match="no change of that policy"):
        changed_by(policy(asset("a")), change)
