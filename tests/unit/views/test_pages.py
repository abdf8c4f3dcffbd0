"""What a page says to somebody at three in the morning."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.kinds.files import FilesSource
from reconciler.observed.backup import Backup, Verdict
from tests.unit.views.pages import POLICY, a_backup, page_text, setting

GOOD = a_backup(1, timedelta(hours=2))
BAD = [
    (a_backup(9, timedelta(minutes=5), suspicious=True), "suspicious: much smaller than before"),
    (a_backup(9, timedelta(minutes=5), invalidated=True), "found bad: do not use it"),
]
POOR = [
    (a_backup(9, timedelta(minutes=5), verdict=Verdict.DEGRADED), "some files are missing"),
    (a_backup(9, timedelta(minutes=5), verdict=Verdict.UNKNOWN), "not proven complete"),
    (a_backup(9, timedelta(hours=-5)), "dated in the future"),
]


def _section(*backups: Backup) -> str:
    return page_text(setting(*backups)).split("## From repository ")[1]


@pytest.mark.parametrize(("newest", "state"), BAD + POOR)
def test_a_newest_backup_that_is_no_good_is_passed_over_and_the_page_says_so(newest: Backup, state: str) -> None:
    before_blocks = _section(newest, GOOD).split("### 1.")[0]
    assert "**The newest backup here is not good:** taken 2026-11-24 " in before_blocks
    assert state in before_blocks
    assert "takes the newest good one, that of 2026-11-24 02:00 CET" in before_blocks


@pytest.mark.parametrize(("newest", "state"), BAD)
def test_what_is_bad_is_never_taken_by_the_blocks(newest: Backup, state: str) -> None:
    section = _section(newest)
    assert f"for key in {newest.id[:16]}; do bad[$key]='{state}'; done" in section
    assert "No good one is known here: try another repository first." in section


@pytest.mark.parametrize(("newest", "state"), POOR)
def test_what_is_poor_is_taken_when_there_is_nothing_better(newest: Backup, state: str) -> None:
    section = _section(newest)
    assert f"for key in {newest.id[:16]}; do poor[$key]='{state}'; done" in section
    assert f"better\nthan nothing: {state}. Try another repository first." in section


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
    assert "ls -ld -- \"${TARGET:?}\"'/opt/a b'" in page_text(setting(GOOD))
