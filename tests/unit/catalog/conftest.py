"""A catalog in a folder of its own, at a fixed instant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.catalog import open_catalog
from reconciler.catalog.catalog import Catalog
from reconciler.kit.clock import FixedClock
from tests.unit.catalog.catalogs import NOW


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with open_catalog(tmp_path / "state", FixedClock(NOW)) as opened:
        yield opened
