"""What waits for approval, in words: with the backups that go, readable also when there are hundreds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.plan.plan import LetGo, Plan
from reconciler.policy.compare import Lowering
from reconciler.views.plan_json import plan_json
from reconciler.views.plan_markdown import plan_markdown
from reconciler.views.plan_text import plan_text
from reconciler.views.plan_waiting import approved_lines
from tests.golden.worlds import NOW, PLAN, READER

FULL_ID = "0123abcd" + "0" * 56


def _letting_go(count: int) -> Plan:
    backups = tuple(
        LetGo(f"{number:08x}" + "0" * 56, "etc", "local", NOW - timedelta(days=number))
        for number in range(1, count + 1)
    )
    return replace(PLAN, actions=(), companions=(), lowerings=(replace(PLAN.lowerings[0], backups=backups),))


def test_the_plan_shows_which_backups_a_lowering_lets_go() -> None:
    lines = plan_text(_letting_go(2), READER).splitlines()
    assert "    lets go 2 backups:" in lines
    assert "      00000001  etc in local  2026-11-23 13:00 CET, 1d old" in lines
    assert all(len(line) <= 80 for line in lines if "etc in local" in line)


@pytest.mark.parametrize(("whole", "shown"), [(False, 10), (True, 300)])
def test_three_hundred_backups_are_ten_and_the_number_of_the_rest(whole: bool, shown: bool) -> None:
    text = plan_text(_letting_go(300), READER, whole=whole)
    assert text.count("etc in local") == shown
    assert ("… and 290 more" in text) is not whole


def test_backups_that_several_rules_let_go_are_listed_once_below_them() -> None:
    plan = _letting_go(2)
    row = plan.lowerings[0]
    both = replace(plan, lowerings=(row, replace(row, path="asset/etc.repositories[local].retention.weekly")))
    lines = plan_text(both, READER).splitlines()
    at = lines.index("    lets go 2 backups:")
    assert [line.split(": ")[0].rpartition(".")[2] for line in lines[at - 2 : at]] == ["daily", "weekly"]
    assert sum("etc in local" in line for line in lines) == 2
    assert "<summary>It lets go 2 backups</summary>" in plan_markdown(both, READER)


def test_markdown_folds_them_and_json_has_them_all() -> None:
    text = plan_markdown(_letting_go(300), READER)
    assert "<summary>It lets go 300 backups</summary>" in text
    assert "- `00000001` etc in local, 2026-11-23 13:00 CET, 1d old" in text
    assert "- and 200 more" in text
    document = plan_json(_letting_go(300), READER)
    assert len(document.lowerings[0].backups) == 300
    assert len(document.lowerings[0].backups[0].id) == 64


def test_one_approval_is_typed_once_below_all_its_lines() -> None:
    row = PLAN.lowerings[0]
    other = replace(row, path="asset/keys.rpo", lift='reconciler approve cccccccc --reason "…"', backups=())
    plan = replace(PLAN, lowerings=(row, replace(row, path="asset/etc.rpo", backups=()), other))
    lines = plan_text(plan, READER).splitlines()
    places = [number for number, line in enumerate(lines) if "reconciler approve" in line and "approve:" in line]
    assert len(places) == 2
    assert lines[places[0] - 1].startswith("  asset/etc.rpo")
    assert lines[places[1] - 1].startswith("  asset/keys.rpo")


def test_what_comes_along_is_told_with_its_reason() -> None:
    text = plan_text(PLAN, READER)
    assert "repository/cloud: the policy would be invalid with it" in text
    assert "mend" not in text


def test_an_approval_repeats_what_the_plan_showed() -> None:
    lines = approved_lines(
        [Lowering("asset/etc.rpo", "1h", "2h"), Lowering("policy", "rewind", "aaaa bbbb")],
        [LetGo(FULL_ID, "etc", "local", NOW - timedelta(days=8)), LetGo("f" * 64, "", "nas", None)],
        READER,
    )
    assert lines == [
        "asset/etc.rpo: 1h → 2h",
        "the policy source goes from aaaa to bbbb",
        "lets go 2 backups:",
        "  0123abcd  etc in local  2026-11-16 13:00 CET, 8d old",
        "  ffffffff  in nas, not known any more",
    ]
    assert FULL_ID not in "\n".join(lines)
