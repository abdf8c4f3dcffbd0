"""Everything that people read, as whole files: a change of words is seen in review."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
from markdown_it import MarkdownIt
from syrupy.assertion import SnapshotAssertion

from reconciler.obligations.actions import Action
from reconciler.obligations.assessment import Assessments
from reconciler.obligations.codes import Code
from reconciler.observed.entries import Entry
from reconciler.observed.facts import PendingFacts, PolicyFacts
from reconciler.plan.guards.stops import Stop
from reconciler.plan.plan import Plan
from reconciler.policy.models.asset import Adopt
from reconciler.views.events import Event, events_list
from reconciler.views.pages import render_index, render_matrix
from reconciler.views.plan_json import plan_json
from reconciler.views.plan_markdown import plan_markdown
from reconciler.views.plan_text import plan_text, summary
from reconciler.views.sentences import ENGLISH
from reconciler.views.status import headline, status_rows
from tests.golden.worlds import ENTRIES, NOW, PLAN, READER
from tests.unit.views.pages import TEMPLATES, a_backup, changed, page_text, setting

SCHEMA = Path(__file__).resolve().parents[2] / "schemas" / "plan.json"


def test_an_asset_page(markdown_file: SnapshotAssertion) -> None:
    newest, older = a_backup(2, timedelta(minutes=20)), a_backup(1, timedelta(hours=2), restored=True)
    assert page_text(setting(newest, older, usual=timedelta(minutes=12))) == markdown_file


def test_an_asset_page_with_a_bad_newest_backup_and_adopted_ones(markdown_file: SnapshotAssertion) -> None:
    policy = changed(asset={"adopt": Adopt(host="old", paths=("/etc", "/opt/a b"), count=True)})
    bad, good = a_backup(2, timedelta(minutes=20), invalidated=True), a_backup(1, timedelta(hours=2))
    assert page_text(setting(bad, good, policy=policy)) == markdown_file


def test_the_index(markdown_file: SnapshotAssertion) -> None:
    assert render_index(TEMPLATES, setting(a_backup(2, timedelta(minutes=20)))) == markdown_file


def test_the_matrix(markdown_file: SnapshotAssertion) -> None:
    assert render_matrix(TEMPLATES, setting()) == markdown_file


def test_the_plan_as_text(text_file: SnapshotAssertion) -> None:
    assert plan_text(PLAN, READER) == text_file


def test_the_plan_as_markdown(markdown_file: SnapshotAssertion) -> None:
    text = plan_markdown(PLAN, READER)
    assert text == markdown_file
    tokens = [token.type for token in MarkdownIt("commonmark").enable("table").parse(text)]
    assert tokens.count("table_open") == 3
    assert tokens.count("td_open") == 3 + 4 * len((*PLAN.actions, *PLAN.following)), "no cell is split"


def test_the_plan_as_json(json_file: SnapshotAssertion) -> None:
    document = plan_json(PLAN, READER).model_dump(mode="json", by_alias=True)
    jsonschema.validate(
        document,
        json.loads(SCHEMA.read_text()),
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )
    assert json.dumps(document, indent=2, ensure_ascii=False) + "\n" == json_file


def test_the_schema_refuses_what_no_plan_says() -> None:
    schema = json.loads(SCHEMA.read_text())
    document = plan_json(PLAN, READER).model_dump(mode="json", by_alias=True)
    for wrong in ({"formatVersion": 2}, {"extra": 1}, {"actions": [{"action": "explode"}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(document | wrong, schema)


def test_the_plan_holds_every_kind_of_action() -> None:
    assert {type(planned.action) for planned in PLAN.actions} == set(get_args(Action))


def test_the_summary_counts_what_would_start_now() -> None:
    assert summary(PLAN) == (
        "Plan: 1 to initialise, 3 to back up, 2 to copy, 12 to mark as expired, 1 to forget, 1 to prune, 1 to check, "
        "1 page to write, 1 blocked, 1 suspended, 1 line waits for approval."
    )
    nothing = Plan("iact", "", "infra1", NOW, (), (), Assessments())
    assert summary(nothing) == "Plan: nothing to do."


def test_status(text_file: SnapshotAssertion) -> None:
    pending = PendingFacts("asset/etc", "89ab", ("x",), "lowers protection")
    facts = PolicyFacts(head="b" * 40, applied="a" * 40, problem="a.yaml: not YAML", pending=(pending,))
    rows = status_rows(PLAN.assessments, READER)
    lines = [
        headline(PLAN.assessments, facts),
        *(" | ".join((r.kind, r.name, r.state, r.newest, r.promises, r.why)) for r in rows),
    ]
    assert "\n".join(lines) + "\n" == text_file


def test_events_of_every_kind(text_file: SnapshotAssertion) -> None:
    listed = events_list((Event(n, NOW, entry) for n, entry in enumerate(ENTRIES, 1)), READER)
    assert {type(entry) for entry in ENTRIES} == set(get_args(get_args(Entry)[0]))
    assert all(all(row) or row[2] == "" for row in listed.rows)
    assert "\n".join(" | ".join(row) for row in listed.rows) + "\n" == text_file


def test_every_sentence(text_file: SnapshotAssertion) -> None:
    codes = sorted({code.value for code in (*Code, *Stop)})
    assert "\n".join(f"{code}: {ENGLISH[code]}" for code in codes) + "\n" == text_file
