"""Repositories that vanish, lie or lock us out; catalogs that are lost; two loops: nothing lost, nothing green."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reconciler.errors import LeaderElsewhere
from reconciler.obligations.assessment import State
from reconciler.obligations.parts import parts_of
from reconciler.observed.attempts import Verb
from reconciler.operations.passing import PassResult
from tests.e2e.world import World
from tests.lab.repositories import make_repository

pytestmark = pytest.mark.slow


def _state(result: PassResult, kind: str, about: str) -> tuple[State, str]:
    assert result.plan is not None
    found = [a for a in result.plan.assessments if str(a.promise) == f"{kind} {about}"]
    return found[0].state, found[0].reason.code


def _verbs(result: PassResult) -> set[Verb]:
    return {found.action.verb for found in result.done}


def test_a_repository_that_was_seen_and_is_missing_is_never_initialised_again(world: World) -> None:
    world.pass_()
    shutil.rmtree(world.folder / "repositories" / "local")
    world.later(hours=2)
    result = world.pass_()
    assert _state(result, "repository", "local") == (State.BREACHED, "missing")
    assert Verb.INITIALISE not in _verbs(result)
    assert not (world.folder / "repositories" / "local").exists()


def test_a_swapped_repository_gets_no_backup_and_loses_nothing(world: World) -> None:
    world.pass_()
    local = world.folder / "repositories" / "local"
    local.rename(world.folder / "kept")
    make_repository(world.folder / "other", world.key.read_text()).path.rename(local)
    world.later(hours=2)
    result = world.pass_()
    assert _state(result, "repository", "local") == (State.BREACHED, "changed")
    assert not any(parts_of(found.action)[:2] == ("docs", "local") for found in result.done)
    assert not list((local / "snapshots").iterdir())


def test_a_wrong_passphrase_is_tried_once_and_not_again_and_again(world: World) -> None:
    world.pass_()
    world.key.chmod(0o600)
    world.key.write_text("wrong")
    world.key.chmod(0o400)
    world.later(hours=2)
    result = world.pass_()
    assert _state(result, "repository", "local") == (State.BREACHED, "refused")
    assert all(found.error and found.error.code == "wrong-password" for found in result.done)
    for _ in range(4):
        world.later(minutes=40)
        assert world.pass_().done == ()


def test_backups_gone_that_nobody_deleted_stop_deletions_but_no_backup(world: World) -> None:
    for _ in range(5):
        world.pass_()
        world.later(hours=1)
    snapshots = world.folder / "repositories" / "local" / "snapshots"
    victim = world.facts("docs", "local").backups[0].id
    (snapshots / victim).unlink()
    world.later(days=5)
    result = world.pass_()
    assert _state(result, "repository", "local") == (State.BREACHED, "vanished")
    assert ("docs", "local") in {parts_of(f.action)[:2] for f in result.done if f.action.verb is Verb.BACKUP}
    assert result.plan is not None
    blocked = {one.blocked.guard for one in result.plan.blocked if one.blocked and parts_of(one.action)[1] == "local"}
    assert blocked == {"observation"}
    assert not any(found.action.verb is Verb.FORGET and parts_of(found.action)[1] == "local" for found in result.done)


def test_a_damaged_snapshot_file_is_seen_though_the_listing_omits_it(world: World) -> None:
    world.pass_()
    snapshots = world.folder / "repositories" / "local" / "snapshots"
    world.later(hours=1)
    made = {file.name for file in snapshots.iterdir()}
    world.pass_()
    fresh = next(file for file in snapshots.iterdir() if file.name not in made)
    with world.desk() as desk:
        (Path(desk.settings.state) / "catalog.db").rename(world.folder / "old-catalog")
    fresh.chmod(0o600)
    fresh.write_bytes(b"\0" * len(fresh.read_bytes()))
    assert _state(world.pass_(), "repository", "local") == (State.BREACHED, "damaged")


def test_an_empty_source_is_suspicious_and_evicts_nothing(world: World) -> None:
    for _ in range(4):
        world.pass_()
        world.later(hours=1)
    good = set(world.unmarked("docs", "local"))
    for file in (world.folder / "data" / "docs").iterdir():
        file.unlink()
    for _ in range(4):
        world.pass_()
        world.later(hours=1)
    facts = world.facts("docs", "local")
    assert good <= {backup.id for backup in facts.backups if backup.id not in facts.marks}
    assert not facts.backups[0].counted(facts.backups[0].time)


def test_two_loops_on_one_state_have_one_leader(world: World) -> None:
    with world.desk(), pytest.raises(LeaderElsewhere), world.desk():
        pass


def test_deleted_listings_give_the_same_plan(world: World) -> None:
    for _ in range(4):
        world.pass_()
        world.later(hours=1)
    with world.desk() as desk:
        desk.catalog.export_journal(world.folder / "saved.db")
    before = world.pass_()
    for file in (world.folder / "state").glob("catalog.db*"):
        file.unlink()
    after = world.pass_()
    assert before.plan is not None
    assert after.plan is not None
    assert after.plan.actions == before.plan.actions
    assert [(a.promise, a.state) for a in after.plan.assessments] == [
        (a.promise, a.state) for a in before.plan.assessments
    ]
    assert Verb.BACKUP not in _verbs(after)


def test_a_deleted_journal_comes_back_from_a_repository(world: World) -> None:
    world.pass_()
    world.later(hours=2)
    world.pass_(wanted=lambda action: parts_of(action)[0] == "reconciler-state")
    known = {backup.id for backup in world.facts("docs", "local").backups if backup.counted(backup.time)}
    shutil.rmtree(world.folder / "state")
    result = world.pass_()
    assert any("brought back" in notice for notice in result.notices)
    assert known <= {backup.id for backup in world.facts("docs", "local").backups if backup.counted(backup.time)}


def test_a_journal_lost_for_good_keeps_every_backup_and_initialises_nothing(world: World) -> None:
    for _ in range(5):
        world.pass_(wanted=lambda action: parts_of(action)[0] != "reconciler-state")
        world.later(hours=1)
    held = {backup.id for backup in world.facts("docs", "local").backups}
    shutil.rmtree(world.folder / "state")
    world.later(days=30)
    lost = world.pass_(wanted=lambda action: parts_of(action)[0] != "reconciler-state")
    assert any("lost" in notice for notice in lost.notices)
    for _ in range(5):
        world.later(hours=1)
        world.pass_(wanted=lambda action: parts_of(action)[0] != "reconciler-state")
    facts = world.facts("docs", "local")
    assert held <= {backup.id for backup in facts.backups if backup.id not in facts.marks}
    assert len(facts.backups) > len(held), "backups go on"


def test_an_unreachable_repository_is_unknown_and_its_copies_go_on_elsewhere(world: World) -> None:
    world.pass_()
    hidden = world.folder / "hidden"
    (world.folder / "repositories" / "second").rename(hidden)
    world.later(hours=2)
    result = world.pass_()
    assert ("docs", "local") in {parts_of(f.action)[:2] for f in result.done if f.action.verb is Verb.BACKUP}
    hidden.rename(world.folder / "repositories" / "second")
    world.later(hours=1)
    result = world.pass_()
    assert _state(result, "repository", "second")[0] is State.MET
