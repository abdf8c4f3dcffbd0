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


def test_after_a_start_what_was_in_force_is_believed_without_reading_it(world: World) -> None:
    with world.desk() as desk:
        first = update_policy(desk)
    with world.desk() as desk:
        again = update_policy(desk)
        assert (again.policy, again.facts) == (first.policy, first.facts)
        assert not desk.cache.readings, "no file was read"
        update_policy(desk, fetch=False, record=False)
        assert not desk.cache.readings
    (world.folder / "state" / "catalog.db").unlink()
    with world.desk() as desk:
        assert update_policy(desk).policy == first.policy
        assert desk.cache.readings


def test_what_is_not_read_is_told_after_a_start_too(world: World) -> None:
    (world.policy.path / "more.yaml").symlink_to("/etc/passwd")
    world.policy.commit({})
    told = []
    for _ in range(2):
        with world.desk() as desk:
            told.append(update_policy(desk).facts.problem or update_policy(desk).facts.unread)
    assert told[0]
    assert told[0] == told[1]


def test_another_day_is_another_look(world: World) -> None:
    with world.desk() as desk:
        first = update_policy(desk)
        with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
            assert update_policy(desk) is not first
