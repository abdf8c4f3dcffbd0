"""What a page says to somebody at three in the morning."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.kinds.files import FilesSource
from reconciler.observed.backup import Backup, Verdict
from tests.unit.views.pages import POLICY, a_backup, page_text, setting

GOOD = a_backup(1, timedelta(hours=2))
TAKE = f"Before block 3 type `BACKUP={GOOD.id}`"


@pytest.mark.parametrize(
    ("newest", "state"),
    [
        (a_backup(9, timedelta(minutes=5), suspicious=True), "suspicious: much smaller than before"),
        (a_backup(9, timedelta(minutes=5), invalidated=True), "found bad: do not use it"),
        (a_backup(9, timedelta(minutes=5), verdict=Verdict.DEGRADED), "some files are missing"),
        (a_backup(9, timedelta(minutes=5), verdict=Verdict.UNKNOWN), "not proven complete"),
        (a_backup(9, timedelta(hours=-5)), "dated in the future"),
    ],
)
def test_a_page_warns_of_a_newest_backup_that_is_no_good_and_names_the_good_one(newest: Backup, state: str) -> None:
    section = page_text(setting(newest, GOOD)).split("## From repository ")[1]
    before_blocks = section.split("### 1.")[0]
    assert f"**The newest backup here is not good:** taken {'2026-11-24' if state else ''}" in before_blocks
    assert state in before_blocks
    assert TAKE in before_blocks


def test_a_page_says_when_no_backup_is_good() -> None:
    section = page_text(setting(a_backup(9, timedelta(minutes=5), invalidated=True))).split("## From repository ")[1]
    assert "No good one is known here: try another repository first." in section
    assert "Before block 3" not in section


def test_a_page_warns_of_nothing_when_the_newest_is_good() -> None:
    page = page_text(setting(GOOD, a_backup(2, timedelta(hours=3), suspicious=True)))
    assert "not good" not in page
    assert "2h old when this page was written, older than its RPO of 1h" in page


def test_the_variables_are_set_in_one_place_and_may_be_preset() -> None:
    section = page_text(setting(GOOD)).split("## From repository ")[1]
    assert ': "${TARGET:=$PWD/recover-iact-etc-local}"' in section
    assert ': "${RESTIC_PASSWORD_FILE:?set it to a file with the passphrase of repository local' in section


def test_a_page_says_whom_to_call_and_where_the_passphrase_is() -> None:
    page = page_text(setting(GOOD))
    assert "| platform | +34 600 000 000, platform@example.org |  | after 30m call lead |" in page
    assert "kept at `file:/etc/reconciler/passphrase` on infra1, and a second copy by lead." in page
    assert "attach the disk elsewhere" in page.split("## From repository nas")[0]
    assert "attach the disk elsewhere" not in page.split("## From repository nas")[1]


def test_a_page_says_how_long_it_took_before() -> None:
    assert "| A recovery took | not measured yet |" in page_text(setting(GOOD))
    assert "| A recovery took | 12m |" in page_text(setting(GOOD, usual=timedelta(minutes=12)))
    assert "| A recovery took | 1s |" in page_text(setting(GOOD, usual=timedelta(milliseconds=20)))


def test_a_page_prints_whole_ids_and_says_which_backup_was_restored_before() -> None:
    page = page_text(setting(a_backup(3, timedelta(minutes=3), restored=True), GOOD))
    assert f"| `{3:064x}` | 2026-11-24 03:57 CET | 3m | 11.8 MiB | good, restored before |" in page
    assert f"`{GOOD.id}`" in page


def test_the_folders_of_the_policy_are_looked_at() -> None:
    assert isinstance(POLICY.assets["etc"].source.files, FilesSource)
    assert "ls -ld -- \"$TARGET\"'/opt/a b'" in page_text(setting(GOOD))
