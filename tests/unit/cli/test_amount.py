"""What a progress bar says beside the bar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.cli.amount import amount
from reconciler.cli.board import label
from reconciler.engines.protocol import Progress
from reconciler.obligations.actions import BackUp, Copy, Mark, Prune
from reconciler.obligations.codes import Code
from reconciler.observed.reason import Reason

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WHY = Reason.of(Code.PAGE_MISSING)


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        (Progress(), ""),
        (Progress(bytes_done=700), "700 B"),
        (Progress(files_done=1, files_total=1), "1 of 1 file"),
        (
            Progress(1 << 20, 30 << 20, 40, 768, timedelta(seconds=75)),
            "1.0 MiB of 30.0 MiB, 40 of 768 files, 1m 15s left",
        ),
    ],
)
def test_what_is_not_known_yet_is_not_said(progress: Progress, said: str) -> None:
    assert amount(progress) == said
    assert "?" not in said


def test_a_copy_is_of_an_asset_from_one_repository_to_another() -> None:
    assert label(Copy("etc", "nas", "local", (), WHY, NOW, NOW)) == "copy etc: local → nas"
    assert label(BackUp("etc", "local", WHY, NOW, NOW)) == "backup etc → local"
    assert label(Mark("etc", "local", (), WHY, NOW)) == "mark etc in local"
    assert label(Prune("local", WHY, NOW)) == "prune local"
