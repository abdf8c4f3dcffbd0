"""A head that is in force is not judged again until something that it rests on changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from reconciler.operations.policy_update import update_policy
from tests.e2e.world import World

pytestmark = pytest.mark.slow


def test_what_is_in_force_is_judged_again_only_after_a_change(world: World) -> None:
    with world.desk() as desk:
        first = update_policy(desk)
        assert update_policy(desk) is first
        world.policy.commit({"policy.yaml": world.head(last=1)})
        waits = update_policy(desk)
        assert waits.facts.pending
        assert update_policy(desk) is not waits, "what waits may be approved at any moment"
        world.policy.commit({"policy.yaml": world.head()})
        again = update_policy(desk)
        assert again.facts.head == world.policy.head
        assert update_policy(desk) is again


def test_an_unreadable_source_is_told_although_its_head_is_in_force(world: World) -> None:
    with world.desk() as desk:
        update_policy(desk)
        world.policy.path.rename(world.folder / "moved")
        assert update_policy(desk).facts.problem
        (world.folder / "moved").rename(world.policy.path)
        assert not update_policy(desk).facts.problem
        assert not update_policy(desk).facts.problem
        assert desk.catalog.recall("policy-trouble") in (None, "")


def test_another_day_is_another_look(world: World) -> None:
    with world.desk() as desk:
        first = update_policy(desk)
        with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
            assert update_policy(desk) is not first
