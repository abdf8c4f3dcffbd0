"""restic dies on its own: between saving a backup and saying so, hanging, or under a pass that dies with it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.world import World, make_world
from tests.faults.kills import Killing, killing
from tests.faults.passing import start_pass, wait_for
from tests.lab.repositories import CheapRepository
from tests.lab.require import require
from tests.lab.restic import Restic

SAVES_AND_DIES = """\
#!/bin/sh
# Saves the backup of one asset, and dies before anybody hears of it.
case "$1 $*" in
backup*asset=test/docs*) test -e {root}/deadly && {{ {restic} "$@" >/dev/null 2>{said}; rm -f {root}/deadly; {then}; }};;
esac
exec {restic} "$@"
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """One asset in one repository; its restic is a shim."""
    world = make_world(tmp_path, restic=str(tmp_path / "restic"))
    world.data("docs")
    world.policy.commit({"policy.yaml": world.head(), "docs.yaml": world.asset("docs")})
    return world


def shim(world: World, then: str, said: str = "/dev/null") -> None:
    """``then`` is what it does after saving; ``said`` gets what restic complains of."""
    program = world.folder / "restic"
    program.write_text(SAVES_AND_DIES.format(root=world.folder, restic=require("restic"), said=said, then=then))
    program.chmod(0o755)
    (world.folder / "deadly").touch()
