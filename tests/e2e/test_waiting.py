"""How long a change has waited for approval is told truly: days, not since it was written down last."""

from __future__ import annotations

from datetime import datetime, timedelta
from os import urandom

import pytest

from reconciler.observed.facts import PendingFacts
from reconciler.operations.desk import Desk
from reconciler.operations.offering import record_offers
from reconciler.operations.planning import plan_host
from reconciler.operations.policy_update import update_policy
from tests.e2e.world import World

pytestmark = pytest.mark.slow
HOUR = timedelta(hours=1)


@pytest.fixture
def lowered(world: World) -> World:
    """A policy is in force, and the head lowers the retention of an asset."""
    _look(world)
    world.policy.commit({"policy.yaml": world.head(last=1)})
    return world


def _pending(desk: Desk, *, record: bool = True) -> tuple[PendingFacts, ...]:
    state = update_policy(desk, record=record)
    record_offers(desk, None, state)
    return state.facts.pending


def _look(world: World) -> tuple[datetime, tuple[PendingFacts, ...]]:
    """A pass as far as it concerns the policy; gives when it was, too."""
    with world.desk() as desk:
        return desk.clock.now(), _pending(desk)


def _age(world: World) -> timedelta:
    now, [block] = _look(world)
    assert block.since is not None
    return now - block.since


def test_a_change_has_waited_since_it_was_shown_first(lowered: World) -> None:
    assert _age(lowered) < HOUR
    for days in range(1, 11):
        lowered.later(days=1, minutes=1)
        assert timedelta(days=days) < _age(lowered) < timedelta(days=days, hours=1)
    with lowered.desk(lead=False) as desk:
        [block] = _pending(desk, record=False)
        assert block.since is not None
        assert desk.clock.now() - block.since > timedelta(days=10)


def test_what_was_withdrawn_and_comes_back_waits_anew(lowered: World) -> None:
    _look(lowered)
    lowered.later(hours=5)
    lowered.policy.commit({"policy.yaml": lowered.head()})
    assert _look(lowered)[1] == ()
    lowered.policy.commit({"policy.yaml": lowered.head(last=1)})
    assert _age(lowered) < HOUR


def test_the_wait_outlives_the_cache(lowered: World) -> None:
    _look(lowered)
    for _ in range(3):
        lowered.later(days=1, minutes=1)
        _look(lowered)
    for file in (lowered.folder / "state").glob("catalog.db*"):
        file.unlink()
    assert _age(lowered) > timedelta(days=3)


@pytest.mark.slow
def test_another_backup_to_let_go_is_another_checksum_and_no_new_wait(lowered: World) -> None:
    lowered.later(hours=-4)
    lowered.policy.commit({"policy.yaml": lowered.head()})
    lowered.pass_()
    lowered.policy.commit({"policy.yaml": lowered.head(last=1)})
    found = []
    for _ in range(3):
        lowered.later(hours=1)
        lowered.pass_()
        found.append(_look(lowered)[1][0])
    assert len({block.checksum for block in found}) == 3
    assert len({block.since for block in found}) == len({block.change for block in found}) == 1


def test_a_change_that_waits_names_its_backups_with_their_dates_while_the_asset_is_at_rest(world: World) -> None:
    for _ in range(3):
        world.pass_()
        world.later(hours=1)
    world.policy.commit({"policy.yaml": world.head(last=1)})
    for _ in range(2):
        plan = world.pass_().plan
        assert plan is not None
        named = [backup for line in plan.lowerings for backup in line.backups]
        assert named
        assert all(backup.asset == "docs" and backup.time is not None for backup in named)


def test_a_first_backup_is_estimated_from_the_speed_of_assets_that_are_at_rest(world: World) -> None:
    (world.folder / "data" / "docs" / "large").write_bytes(urandom(70 << 20))
    world.pass_()
    world.data("more")
    world.policy.commit({"more.yaml": world.asset("more")})
    planned = plan_host(world.settings)
    assert planned.plan is not None
    assert planned.plan.estimate is not None
    assert planned.plan.estimate.measured
