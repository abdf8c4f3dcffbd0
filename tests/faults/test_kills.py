"""SIGKILL at random moments of passes: of the pass, of its restics, of both, of the next pass while it settles."""

from __future__ import annotations

import pytest

from tests.faults.kills import STEPS, How, killing
from tests.faults.recording import Witness

KILLS = 25
"""In each world: forty of them make the thousand, one of them runs with the ordinary tests."""
WORLDS = [0, *(pytest.param(seed, marks=pytest.mark.sweep) for seed in range(1, 40))]
HOW = [*[How.ALONE] * 6, How.BOTH, How.ENGINE, How.TWICE, How.RACE]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", WORLDS)
def test_a_kill_at_any_moment_costs_and_doubles_nothing(seed: int, witness: Witness) -> None:
    with killing(seed) as world:
        while sum(world.hits.values()) < KILLS:
            step = min(STEPS, key=lambda one: (world.hits[one], world.chance.random()))
            world.advance()
            hit = world.kill_in(step, world.chance.choice(HOW))
            world.converge()
            if hit in STEPS:
                world.hits[hit] += 1
                witness.count(f"kills in {hit}")
            else:
                witness.count("idle kills (beside)")
    assert set(world.hits) == set(STEPS)
