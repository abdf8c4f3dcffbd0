"""Runs faults and writes down what was seen: a pytest plugin. ``--faults-table FILE`` runs them all, at full length.

Without it the long sweeps are left out, and each fault's quick cases are ordinary tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.faults import FAULTS
from tests.faults.table import Seen, page

_OPTION = "--faults-table"
_TESTS = Path(__file__).parents[1].name


class Witness:
    """What a test tells of a fault, beyond that all was as expected: counts, which add up over all of its cases."""

    def __init__(self, node: pytest.Item) -> None:
        self._node = node

    def count(self, word: str, number: int = 1) -> None:
        """So many more of these were seen."""
        self._node.user_properties.append((f"count {word}", number))


@pytest.fixture
def witness(request: pytest.FixtureRequest) -> Iterator[Witness]:
    """Where a test tells what it saw."""
    yield Witness(request.node)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(_OPTION, metavar="FILE", help="run the faults alone, at full length, and write their table")


def pytest_configure(config: pytest.Config) -> None:
    file = config.getoption(_OPTION)
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Recorder(Path(str(file))), "faults-recorder")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    named = {test for fault in FAULTS for test in fault.tests}
    if config.getoption(_OPTION):
        chosen = [item for item in items if _test_of(item.nodeid) in named]
    else:
        chosen = [item for item in items if item.get_closest_marker("sweep") is None]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
    items[:] = chosen


@dataclass(slots=True)
class _Recorder:
    file: Path
    seen: dict[str, Seen] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        found = self.seen.setdefault(_test_of(report.nodeid), Seen())
        if report.failed:
            found.failed += 1
        elif report.when == "call" and report.passed:
            found.passed += 1
        if report.when == "call":
            for name, value in report.user_properties:
                if name.startswith("count ") and isinstance(value, int):
                    found.counts[name.removeprefix("count ")] += value

    def pytest_sessionfinish(self) -> None:
        self.file.parent.mkdir(exist_ok=True)
        before = self.file.read_text() if self.file.exists() else ""
        self.file.write_text(page(FAULTS, self.seen, before))


def _test_of(nodeid: str) -> str:
    """``e2e/test_a.py::test_b`` of ``tests/e2e/test_a.py::test_b[c]``."""
    return nodeid.partition("[")[0].removeprefix(f"{_TESTS}/")
