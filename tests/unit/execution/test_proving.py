"""Only the snapshot that was ordered is believed to be the backup, and only an equal one to be a copy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.engines.protocol import BackupOrder, BackupReport
from reconciler.errors import EngineLied
from reconciler.execution.proving import differing_copies, prove_backup
from reconciler.kinds.capture import PathsCapture, StreamCapture
from reconciler.observed.listing import Snapshot

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SPAN = (NOON, NOON + timedelta(hours=2))
TAGS = ("asset=test/docs", "attempt=1", "tool=reconciler")
ORDER = BackupOrder(PathsCapture(("/srv/docs/", "/srv/b")), "here", TAGS)
REPORT = BackupReport("ab" * 32, False, 2, 500, 10, timedelta(seconds=1))
LISTED = Snapshot("ab" * 32, NOON, "here", ("/srv/b", "/srv/docs"), TAGS[::-1], size=500, files=2, tree="cd" * 32)


def test_the_ordered_backup_is_believed_whatever_the_order_of_its_words() -> None:
    prove_backup("docs", ORDER, REPORT, LISTED, SPAN)
    prove_backup("docs", ORDER, REPORT, replace(LISTED, size=None, files=None), SPAN)
    prove_backup("docs", replace(ORDER, capture=StreamCapture("dump", ("dump",))), REPORT, LISTED, SPAN)


@pytest.mark.parametrize(
    "listed",
    [
        replace(LISTED, tags=TAGS[:2]),
        replace(LISTED, tags=("asset=test/mail", *TAGS[1:])),
        replace(LISTED, host="elsewhere"),
        replace(LISTED, original="ef" * 32),
        replace(LISTED, paths=("/srv/b",)),
        replace(LISTED, time=NOON - timedelta(hours=1)),
        replace(LISTED, time=NOON + timedelta(hours=3)),
        replace(LISTED, size=499),
        replace(LISTED, files=1),
    ],
)
def test_what_is_listed_otherwise_is_a_lie_that_names_the_asset(listed: Snapshot) -> None:
    with pytest.raises(EngineLied, match=r"^docs: .* lists with .* Next: "):
        prove_backup("docs", ORDER, REPORT, listed, SPAN)


def test_made_history_bears_the_time_that_was_ordered() -> None:
    made = replace(ORDER, time=NOON - timedelta(days=9))
    prove_backup("docs", made, REPORT, replace(LISTED, time=NOON - timedelta(days=9)), SPAN)
    with pytest.raises(EngineLied):
        prove_backup("docs", made, REPORT, LISTED, SPAN)


def test_a_copy_holds_what_it_is_a_copy_of() -> None:
    arrived = replace(LISTED, id="12" * 32, original=LISTED.id, tags=(*TAGS, "mine"))
    assert differing_copies([LISTED], [arrived]) == {}
    assert differing_copies([LISTED], [replace(arrived, tree="0" * 64)]) == {arrived.id: "other files"}
    assert set(differing_copies([LISTED], [replace(arrived, time=NOON + timedelta(days=1))])) == {arrived.id}
    assert differing_copies([LISTED], [replace(arrived, original="ef" * 32, tree="0" * 64)]) == {}
