"""What first backups will take is an estimate that says what it stands on."""

from __future__ import annotations

from datetime import timedelta

from reconciler.obligations.actions import BackUp
from reconciler.observed.facts import Observed
from reconciler.observed.reason import Reason
from reconciler.plan.estimate import ASSUMED_SPEED, Estimate, Measured, estimate
from reconciler.views.plan_text import estimate_line
from tests.unit.obligations.policies import NOW, backup, facts, world

MIB = 2**20


def _first(asset: str, repository: str = "local", *, initial: bool = True) -> BackUp:
    return BackUp(asset, repository, Reason.of("initial"), NOW, NOW, initial=initial)


def test_without_a_first_backup_there_is_nothing_to_estimate() -> None:
    assert estimate([_first("wiki", initial=False)], Observed(), {}) is None


def test_sizes_add_up_once_for_each_backup_and_the_speed_is_assumed_and_says_so() -> None:
    actions = [_first("wiki"), _first("wiki", "nas"), _first("etc")]
    found = estimate(actions, Observed(), {"wiki": Measured(2 * ASSUMED_SPEED), "etc": Measured(ASSUMED_SPEED)})
    assert found == Estimate(3, 5 * ASSUMED_SPEED, 0, whole=True, speed=ASSUMED_SPEED, measured=0)
    assert found.duration == timedelta(seconds=5 + 3)
    assert estimate_line(found) == (
        "Estimate: 3 first backups read about 250 MiB,\nabout 8s at 50.0 MiB/s (assumed, not measured)."
    )


def test_what_was_not_looked_at_wholly_is_at_least_so_much_and_what_is_unknown_is_counted() -> None:
    found = estimate([_first("wiki"), _first("db")], Observed(), {"wiki": Measured(100 * MIB, whole=False)})
    assert found is not None
    assert (found.whole, found.unknown) == (False, 1)
    line = estimate_line(found)
    assert "at least 100 MiB (the size of 1 is unknown)" in line
    assert "at least 4s" in line


def test_a_new_place_of_an_asset_is_as_large_as_its_other_backups() -> None:
    observed = world(facts("local", backup("a", NOW), usual_size=7 * MIB))
    found = estimate([_first("wiki", "nas")], observed, {})
    assert found is not None
    assert (found.size, found.unknown) == (7 * MIB, 0)


def test_the_speed_is_that_of_first_backups_alone() -> None:
    """Later ones read little of what they hold, and small ones tell how fast restic starts."""
    one = facts("local", backup("a", NOW), usual_size=200 * MIB, usual_duration=timedelta(seconds=10))
    later = facts(
        "local",
        *(backup(name, NOW) for name in "bc"),
        asset="etc",
        usual_size=900 * MIB,
        usual_duration=timedelta(seconds=1),
    )
    found = estimate([_first("new")], world(one, later), {"new": Measured(40 * MIB)})
    assert found is not None
    assert (found.speed, found.measured) == (20 * MIB, 1)
    assert found.duration == timedelta(seconds=3)
    assert "as 1 first backup did here" in estimate_line(found)
    tiny = facts("local", backup("a", NOW), usual_size=MIB, usual_duration=timedelta(seconds=1))
    assumed = estimate([_first("new")], world(tiny), {})
    assert assumed is not None
    assert (assumed.speed, assumed.measured) == (ASSUMED_SPEED, 0)
