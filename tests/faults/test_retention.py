"""Policies and repositories that would make retention delete everything: whole passes in which nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.obligations.parts import parts_of
from reconciler.observed.attempts import Verb
from reconciler.operations.passing import PassResult
from tests.e2e.world import CANARY, World
from tests.faults.history import History, made, make_history, stored, told, unkept
from tests.lab.repositories import ForgedSnapshot, forge_snapshots

KEEPS_TWO = "spec: {last: 2}"
RULES = f"""\
---
apiVersion: backup/v1
kind: Retention
metadata: {{name: keep}}
{KEEPS_TWO}
"""


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return make_history(tmp_path_factory.mktemp("retention") / "world")


@pytest.fixture
def world(history: History) -> World:
    return history.fresh()


def policy(world: World, old: str, new: str) -> None:
    """Commit the policy with one text in place of another."""
    text = (world.policy.path / "policy.yaml").read_text()
    assert old in text
    world.policy.commit({"policy.yaml": text.replace(old, new)})


def marked(result: PassResult, asset: str = "docs") -> list[str]:
    """The backups of an asset that a pass marked as expired."""
    found = [one.action for one in result.done if one.action.verb is Verb.MARK]
    return [backup.id for action in found if parts_of(action)[0] == asset for backup in parts_of(action)[3]]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(KEEPS_TWO, "spec: {last: 0}", id="2 to 0"),
        pytest.param(RULES, "", id="absent"),
        pytest.param(KEEPS_TWO, "spec: {}", id="empty", marks=pytest.mark.sweep),
    ],
)
def test_rules_that_keep_nothing_change_nothing_and_are_told_with_their_place(world: World, old: str, new: str) -> None:
    policy(world, old, new)
    assert "policy.yaml" in world.pass_().state.facts.problem, "it is told at once why the newest one is not enforced"
    world.later(hours=2)
    result = world.pass_()
    assert told(result) == []
    assert unkept(result) == {"applied test": "policy-problem"}
    assert ("docs", "local") in made(result)
    assert len(world.unmarked("docs", "local")) == 2, "the rules that are enforced go on"
    world.policy.commit({"policy.yaml": (world.policy.path / "policy.yaml").read_text() + ("" if new else RULES)})
    if new:
        policy(world, new, old)
    assert unkept(world.pass_()) == {}


def test_rules_that_keep_less_wait_for_an_approval(world: World) -> None:
    world.pass_()
    policy(world, KEEPS_TWO, "spec: {last: 0, yearly: 1}")
    result = world.pass_()
    assert result.plan is not None
    assert {row.path for row in result.plan.lowerings} >= {"asset/docs.repositories[local].retention.last"}
    assert marked(result) == [] and len(world.unmarked("docs", "local")) == 2


def test_a_renamed_asset_loses_nothing_and_has_all_again_under_its_old_name(world: World) -> None:
    document = (world.policy.path / "docs.yaml").read_text()
    world.policy.commit({"docs.yaml": document.replace("metadata: {name: docs}", "metadata: {name: papers}")})
    result = world.pass_()
    assert result.plan is not None
    assert {("docs", "local"), ("papers", "local")} <= set(made(result)), "both are kept until somebody approves"
    world.approve(result.plan.lowerings[0].checksum)
    world.later(hours=1)
    expired = world.facts("docs", "local").marks.keys()
    held = {name: stored(world, name) for name in ("local", "second")}
    for _ in range(2):
        result = world.pass_()
        assert told(result) == []
        assert marked(result) == [] and ("docs", "local") not in made(result)
        world.later(hours=1)
    assert {name: stored(world, name) for name in held} == held, "nothing of the old name went"
    world.policy.commit({"docs.yaml": document})
    assert ("docs", "local") in made(world.pass_())
    assert held["local"] - {backup.id for backup in world.facts("docs", "local").backups} <= expired


@pytest.mark.parametrize("when", ["now", "2099"])
def test_a_flood_of_backups_that_nobody_here_made_evicts_none_of_ours(world: World, when: str) -> None:
    start = datetime.now(UTC) + world.shift - timedelta(minutes=30)
    if when == "2099":
        start = datetime(2099, 1, 1, tzinfo=UTC)
    tags = ("asset=test/docs", "attempt=" + "f" * 20)
    path = str(world.folder / "data" / "docs")
    flood = [ForgedSnapshot(start + timedelta(minutes=n), tags, "here", (path,), files=2, size=5000) for n in range(12)]
    ids = forge_snapshots(world.folder / "repositories" / "local", CANARY, flood)
    for _ in range(2):
        result = world.pass_()
        assert told(result) == []
        assert not set(ids) & set(marked(result)), "what nobody judged is kept"
        world.later(hours=1)
    assert set(ids) <= stored(world, "local")
    counted = [one for one in world.facts("docs", "local").backups if one.counted(datetime.now(UTC) + world.shift)]
    assert len(counted) >= 2 and not {one.id for one in counted} & set(ids)
    assert unkept(result) == {}
