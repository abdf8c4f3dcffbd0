"""The list of faults names tests that exist, each fault once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.faults.faults import FAULTS
from tests.faults.table import Fault

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_is_injected_by_tests_that_exist(fault: Fault) -> None:
    assert fault.tests
    for name in fault.tests:
        file, _, test = name.partition("::")
        assert re.search(rf"^def {test}\(", (TESTS / file).read_text(), re.MULTILINE), f"{name} is gone"


def test_no_two_faults_share_their_name_and_none_breaks_its_table() -> None:
    names = [fault.name for fault in FAULTS]
    assert len(names) == len(set(names))
    assert not any("|" in text for fault in FAULTS for text in (fault.name, fault.injected, fault.expected))
