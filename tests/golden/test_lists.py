"""Lists as a terminal shows them, narrow and wide, and as a pipe gets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.observed.attempts import Attempt, Outcome, Verb
from reconciler.observed.backup import Backup
from reconciler.observed.facts import Observed, PlacementFacts, Reach, RepositoryFacts
from reconciler.plan.plan import Plan
from reconciler.policy.models.exceptions import HoldSpec
from reconciler.views.describe import Subject, asset_text, repository_text
from reconciler.views.events import Event, events_list
from reconciler.views.lists import (
    BackupFilter,
    Listing,
    assets_list,
    attempts_list,
    backups_list,
    holds_list,
    repositories_list,
)
from reconciler.views.sentences import Reader
from reconciler.views.status import COLUMNS, status_rows
from reconciler.views.tables import lay_out, wrapped
from tests.golden.worlds import ENTRIES, PLAN
from tests.unit.views.pages import NOW, POLICY, a_backup

READER = Reader(NOW, ZoneInfo("Europe/Madrid"))
WIDTHS = (60, 80, 200, None)
_TIMES = (timedelta(minutes=20), timedelta(hours=5), timedelta(days=1), timedelta(days=9), timedelta(days=300))
_LOCAL = tuple(replace(a_backup(n, age), id=f"{n:02x}a4" * 16) for n, age in enumerate(_TIMES))
_NAS = tuple(replace(backup, repository="nas", id=f"{index:04x}" * 16) for index, backup in enumerate(_LOCAL[1:], 1))
OBSERVED = Observed(
    placements={
        ("etc", "local"): PlacementFacts("etc", "local", _LOCAL),
        ("etc", "nas"): PlacementFacts("etc", "nas", _NAS),
    },
    repositories={
        "local": RepositoryFacts(
            "local", Reach.READY, pinned="a7" * 32, looked_at=NOW - timedelta(minutes=2), free=5 << 30, total=50 << 30
        ),
    },
)
HOLD = HoldSpec(select={"assets": ["etc", "keys"]}, reason="The audit of 2026 is not over", expires=date(2027, 3, 1))
ATTEMPTS = (
    Attempt("a2", Verb.COPY, "nas", "etc", NOW - timedelta(minutes=5)),
    Attempt(
        "a1",
        Verb.BACKUP,
        "local",
        "etc",
        NOW - timedelta(days=1),
        ended=NOW - timedelta(days=1),
        outcome=Outcome.FAILED,
        message="the disk is full. Next: make room, or lower the retention: df -h /srv/backup",
        duration=timedelta(seconds=75),
    ),
    Attempt("a0", Verb.PRUNE, "local", None, NOW - timedelta(days=2), outcome=Outcome.SUCCEEDED),
)
_REPORTED = (Event(number, NOW - timedelta(days=1), entry) for number, entry in enumerate(ENTRIES[:6]))
LISTINGS: dict[str, Callable[[], Listing]] = {
    "assets": lambda: assets_list(POLICY, OBSERVED, READER),
    "repositories": lambda: repositories_list(POLICY, OBSERVED, READER),
    "backups": lambda: backups_list(POLICY, OBSERVED, READER, BackupFilter()),
    "backups_of_one_asset": lambda: backups_list(POLICY, OBSERVED, READER, BackupFilter("etc")),
    "backups_of_one_place": lambda: backups_list(POLICY, OBSERVED, READER, BackupFilter("etc", "local")),
    "attempts": lambda: attempts_list(ATTEMPTS, READER),
    "holds": lambda: holds_list(POLICY.model_copy(update={"holds": {"audit": HOLD}})),
    "events": lambda: events_list(_REPORTED, READER),
    "status": lambda: Listing("Status", COLUMNS, tuple(row.cells for row in status_rows(PLAN.assessments, READER)), ()),
}


@pytest.mark.parametrize("name", LISTINGS)
def test_a_list_at_every_width(name: str, text_file: SnapshotAssertion) -> None:
    listing = LISTINGS[name]()
    assert "\n\n".join(_drawn(listing, width) for width in WIDTHS) + "\n" == text_file


def test_a_description_at_every_width(text_file: SnapshotAssertion) -> None:
    plan = Plan("iact", "", "infra1", NOW, (), (), PLAN.assessments)
    subject = Subject(POLICY, OBSERVED, plan, READER, ATTEMPTS)
    text = f"{asset_text(subject, 'etc')}\n\n{repository_text(subject, 'local')}"
    parts = [_ruler(width) + "\n" + (wrapped(text, width) if width else text) for width in (60, 80, None)]
    assert "\n\n".join(parts) + "\n" == text_file


@pytest.mark.parametrize("width", range(20, 140, 7))
def test_no_id_name_or_time_is_ever_broken(width: int) -> None:
    listing = LISTINGS["backups"]()
    drawn = lay_out(listing.columns, listing.rows, width)
    for row, lines in zip(listing.rows, drawn.rows, strict=True):
        for cell in row[:4]:
            assert any(cell in line for line in lines)


def test_whom_to_call_and_since_when_stay_whole_in_a_wrapped_line() -> None:
    backup = Backup("a" * 64, "etc", "local", "a" * 64, NOW)
    line = f"  to call:  platform (+34 600 000 000), since {READER.instant(backup.time - timedelta(days=1))}, 5m 6s old"
    for width in range(24, 90):
        parts = wrapped(line, width).split("\n")
        for whole in ("+34 600 000 000", "2026-11-23 04:00 CET", "5m 6s"):
            assert any(whole in part for part in parts)


def _drawn(listing: Listing, width: int | None) -> str:
    shown = [place for place, column in enumerate(listing.columns) if column.name not in listing.fixed]
    rows = [[row[place] for place in shown] for row in listing.rows]
    table = lay_out([listing.columns[place] for place in shown], rows, width)
    lines = [*table.heading, *(line for row in table.rows for line in row)]
    assert all(len(line) <= width for line in lines) if width else len(table.rows) == len(lines) - 1
    return "\n".join((_ruler(width), *lines, *(f"left out: {name}" for name in table.left_out)))


def _ruler(width: int | None) -> str:
    return f"── {width} ".ljust(width, "─") if width else "── pipe ──"
