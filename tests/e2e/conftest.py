"""A world of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two cheap repositories, one asset with data and a copy, its policy committed; grace 1h."""
    world = make_world(tmp_path)
    world.data("docs")
    world.policy.commit({"policy.yaml": world.head(), "docs.yaml": world.asset("docs", "local", "second:local")})
    return world
