"""One plan, three faces: each by its word, and a change of the policy beside it."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

from reconciler.observed.facts import Observed
from reconciler.plan.build import make_plan
from reconciler.policy.compare import Comparison
from reconciler.views.change import Change
from reconciler.views.plan_views import change_as, plan_as, reader_for
from tests.unit.obligations.policies import LIMITS, NOW, asset, compiled, placement, policy

WIKI = policy(asset("wiki", placement("local")))
PLAN = make_plan(compiled(WIKI), Observed(), WIKI, LIMITS, "r1", NOW)
READER = reader_for(PLAN, WIKI)


def test_a_reader_stands_in_the_policy_s_zone_at_the_plan_s_instant() -> None:
    assert (READER.now, READER.zone) == (NOW, ZoneInfo("Europe/Madrid"))
    assert reader_for(PLAN, None).zone == ZoneInfo("UTC")


def test_each_face_of_a_plan_names_its_actions() -> None:
    assert json.loads(plan_as(PLAN, "json", READER))["actions"]
    assert plan_as(PLAN, "markdown", READER).startswith("###")
    text = plan_as(PLAN, "text", READER)
    assert not text.startswith(("###", "{"))
    for form in ("json", "markdown", "text"):
        assert "initialise" in plan_as(PLAN, form, READER)


def test_each_face_of_a_change_tells_the_asset_that_comes() -> None:
    change = Change("policies", "", None, WIKI, Comparison(()), frozenset(), ())
    assert json.loads(change_as(change, PLAN, "json", READER))["change"]
    markdown = change_as(change, PLAN, "markdown", READER)
    assert markdown.startswith("###")
    assert "**wiki**" in markdown
    assert "wiki" in change_as(change, PLAN, "text", READER)
