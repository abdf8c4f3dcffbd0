"""A large policy is read without Python looking again and again for rubbish in it."""

from __future__ import annotations

import gc
from datetime import date

import pytest

from reconciler.policy.documents import PolicyFile
from reconciler.policy.load import load_policy
from tests.unit.policy.writing import CONTACT

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("on", [True, False])
def test_what_was_read_is_old_at_once_and_still_collected_one_day(on: bool) -> None:
    files = [PolicyFile(f"{n}.yaml", CONTACT.encode()) for n in range(300)]
    frozen, was_on = gc.get_freeze_count(), gc.isenabled()
    (gc.enable if on else gc.disable)()
    try:
        loaded = load_policy(files, today=TODAY, local_host="here")
        young = {id(one) for generation in (0, 1) for one in gc.get_objects(generation)}
        assert gc.isenabled() is on
    finally:
        (gc.enable if was_on else gc.disable)()
    assert len(loaded.documents) == 300
    if on:
        assert not young & {id(one.metadata) for one in loaded.documents}
    assert gc.get_freeze_count() == frozen == 0
