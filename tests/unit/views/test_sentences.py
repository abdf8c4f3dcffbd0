"""Every code becomes an English sentence, and a number bends its words."""

from __future__ import annotations

import inspect
import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import pytest

from reconciler.obligations import codes
from reconciler.obligations.codes import Code
from reconciler.observed.reason import Reason
from reconciler.plan.guards import stops
from reconciler.plan.guards.stops import Stop
from reconciler.views.plurals import Shown, counted
from reconciler.views.sentences import ENGLISH, Reader

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
READER = Reader(NOW, ZoneInfo("Europe/Madrid"))
EVERY: tuple[StrEnum, ...] = (*Code, *Stop)


def _documented() -> dict[str, tuple[set[str], set[str]]]:
    """Code → the parameters that are always there, and all of them, as its comment says."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    names: list[str] = []
    for source in (inspect.getsource(codes), inspect.getsource(stops)):
        for code, comment in re.findall(r'^    [A-Z_]+ = "([a-z-]+)"(?:  # (.*))?$', source, re.MULTILINE):
            if comment != "the same":
                names = re.findall(r"\b([a-z_]+\??)(?=,|$)", re.sub(r" ?\([^)]*\)", "", comment))
            found[code] = ({name for name in names if "?" not in name}, {name.rstrip("?") for name in names})
    return found


DOCUMENTED = _documented()


@pytest.mark.parametrize("code", EVERY)
def test_every_code_has_an_english_sentence(code: StrEnum) -> None:
    assert code in ENGLISH, f"say {code} in views/sentences.py"
    assert ENGLISH[code].strip()


@pytest.mark.parametrize("code", EVERY)
def test_a_sentence_needs_only_what_its_code_always_has(code: StrEnum) -> None:
    always, _every = DOCUMENTED[code]
    needed = set(re.findall(r"\{(\w+)", re.sub(r"\[[^\]]*\]", "", ENGLISH[code])))
    assert needed <= always, f"{code} does not always have {needed - always}"


def _sentence(code: str, **parameters: str | int | datetime | timedelta | tuple[str, ...]) -> str:
    return READER.sentence(Reason.of(code, **parameters))


@pytest.mark.parametrize(
    ("one", "many"),
    [
        (_sentence(Code.EXPIRED, count=1), _sentence(Code.EXPIRED, count=2)),
        (_sentence(Code.LAPSED, count=1), _sentence(Code.LAPSED, count=2)),
        (_sentence(Code.GRACE_OVER, count=1), _sentence(Code.GRACE_OVER, count=2)),
        (_sentence(Code.ORPHANED, count=1), _sentence(Code.ORPHANED, count=2)),
        (_sentence(Stop.NOT_APPROVED, asset="etc", count=1), _sentence(Stop.NOT_APPROVED, asset="etc", count=2)),
    ],
)
def test_no_sentence_says_one_backups(one: str, many: str) -> None:
    assert one != many.replace("2", "1"), "the words differ too"
    assert "1 backups" not in one
    assert "1 marks" not in one


def test_plurals() -> None:
    assert [counted(number, "line") for number in (0, 1, 2)] == ["0 lines", "1 line", "2 lines"]
    assert f"{Shown('1'):has/have} {Shown('3'):has/have} {Shown('–'):backup} {Shown('x')}" == "has have – backups x"
    assert _sentence(Code.EXPIRED, count=1) == "1 backup has expired"
    assert _sentence(Code.LAPSED, count=1) == "1 mark lapses, its backup is kept again"
    assert _sentence(Code.LAPSED, count=5) == "5 marks lapse, their backups are kept again"


def test_an_unknown_code_is_shown_with_its_parameters() -> None:
    assert _sentence("brand-new", count=3, asset="etc") == "brand-new asset=etc count=3"


def test_a_part_whose_parameter_is_missing_goes_and_a_missing_one_leaves_a_dash() -> None:
    assert _sentence(Code.UNREACHABLE) == "cannot be reached"
    assert _sentence(Code.UNREACHABLE, message="no route") == "cannot be reached: no route"
    assert _sentence(Code.SLOT) == "due at –"


def test_values_are_said_as_people_read_them() -> None:
    assert _sentence(Code.FRESH, newest=NOW - timedelta(minutes=90), rpo=timedelta(hours=2)) == (
        "newest backup 1h 30m old, RPO 2h"
    )
    assert _sentence(Code.SLOT, slot=NOW) == "due at 13:00"
    assert _sentence(Code.SLOT, slot=NOW - timedelta(days=2)) == "due at 2026-11-22 13:00 CET"
    assert _sentence(Code.ROOM, free=5 * 2**30, total=10 * 2**30) == "5.0 GiB of 10.0 GiB free"
    assert _sentence(Code.VANISHED, ids=("a" * 64, "b" * 64)) == (
        f"backups are gone that nobody deleted: {'a' * 12}, {'b' * 12}"
    )


def test_a_value_with_braces_or_brackets_is_text() -> None:
    assert _sentence(Code.UNREACHABLE, message="{count} [x] {0}") == "cannot be reached: {count} [x] {0}"
