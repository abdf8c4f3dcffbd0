"""Where the benchmarks keep what they make: below ``.bench``, which git ignores."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

ROOT = Path(__file__).parents[1]
OWN = ROOT / ".bench"
WORLDS = OWN / "worlds"
PEERS = OWN / "peers"
RECONCILER = str(Path(sys.executable).with_name("reconciler"))


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """An empty folder on the same disk for every row; gone afterwards."""
    WORLDS.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix=f"{name}-", dir=WORLDS))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def small_environment(**more: str) -> dict[str, str]:
    """What every measured program gets: the same small environment, without anybody's settings."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG") if name in os.environ}
    return kept | {"HOME": "/nonexistent", "TZ": "UTC"} | more
