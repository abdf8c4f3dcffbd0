"""The loop protects, copies, lets go with reasons, and writes pages: real git, real restic."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import ApprovalUnknown
from reconciler.obligations.assessment import State
from reconciler.obligations.parts import parts_of
from reconciler.observed.attempts import Verb
from reconciler.operations.passing import PassResult
from tests.e2e.world import CANARY, World, make_world

pytestmark = pytest.mark.slow


def _done(result: PassResult, verb: Verb) -> list[str]:
    return ["/".join(parts_of(found.action)[:2]) for found in result.done if found.action.verb is verb]


def test_the_first_pass_initialises_backs_up_copies_and_writes_pages(tmp_path: Path) -> None:
    world = make_world(tmp_path, cheap=False)
    world.data("docs")
    world.policy.commit({"policy.yaml": world.head(), "docs.yaml": world.asset("docs", "local", "second:local")})
    result = world.pass_()
    assert result.failures == ()
    assert result.plan is not None
    assert {found.state for found in result.plan.assessments} == {State.MET}
    assert result.plan.runnable == ()
    page = (tmp_path / "runbooks" / "docs.md").read_text()
    assert "asset=test/docs" in page
    assert (tmp_path / "runbooks" / "matrix.md").exists()


def test_a_second_pass_has_nothing_to_do_and_writes_nothing(world: World) -> None:
    world.pass_()
    journal = (world.folder / "state" / "journal.db").read_bytes()
    result = world.pass_()
    assert result.done == ()
    assert (world.folder / "state" / "journal.db").read_bytes() == journal


def test_a_copy_that_lags_takes_the_backup_that_its_origin_makes_in_the_same_pass(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    world.data("docs")
    world.policy.commit({"policy.yaml": world.head(), "docs.yaml": world.asset("docs", "local", "second:local")})
    world.pass_()
    world.later(hours=1)
    world.pass_(lambda action: action.verb is not Verb.COPY)
    world.later(hours=1)
    assert world.pass_().failures == ()
    newest, copied = (world.facts("docs", place).backups[0] for place in ("local", "second"))
    assert copied.lineage == newest.lineage


def test_an_added_asset_is_backed_up_at_once_while_a_lowering_waits_for_approval(world: World) -> None:
    world.pass_()
    for _ in range(5):
        world.later(hours=1)
        world.pass_()
    world.data("more")
    world.policy.commit({"policy.yaml": world.head(last=1), "more.yaml": world.asset("more", "local")})
    world.later(minutes=2)
    result = world.pass_()
    assert result.plan is not None
    assert "more/local" in _done(result, Verb.BACKUP)
    assert {row.path for row in result.plan.lowerings} == {
        "asset/docs.repositories[local].retention.last",
        "asset/docs.repositories[second].retention.last",
    }
    assert len(world.unmarked("docs", "local")) == 3, "the lowered retention of one is not enforced"
    shown = result.plan.lowerings[0].checksum[:12]
    world.approve(shown)
    world.lines.clear()
    result = world.pass_()
    assert result.plan is not None
    assert result.plan.lowerings == ()
    assert result.plan.blocked == ()
    assert {"docs/local", "docs/second"} <= set(_done(result, Verb.MARK))
    assert len(world.unmarked("docs", "local")) == 1
    with pytest.raises(ApprovalUnknown, match="approved before"):
        world.approve(shown)
    world.policy.commit({"policy.yaml": world.head(last=3)})
    world.pass_()
    world.policy.commit({"policy.yaml": world.head(last=1)})
    waits = world.pass_()
    assert waits.plan is not None
    assert waits.plan.lowerings, "the same lowering waits again"
    world.approve(waits.plan.lowerings[0].checksum)


def test_expired_backups_are_marked_then_forgotten_after_their_grace_and_the_space_is_reclaimed(world: World) -> None:
    for _ in range(6):
        world.pass_()
        world.later(hours=1)
    world.later(days=4)
    world.pass_()
    world.later(hours=2)
    result = world.pass_()
    assert any(line.startswith("ok forget") for line in world.lines)
    assert any(line.startswith("ok prune") for line in world.lines)
    assert len(world.facts("docs", "local").backups) <= 4
    assert result.failures == ()


def test_a_failed_asset_stops_nothing_else_and_says_which_path_is_missing(world: World) -> None:
    world.policy.commit({"gone.yaml": world.asset("gone", "local")})
    result = world.pass_()
    assert [parts_of(failed.action)[0] for failed in result.failures] == ["gone"]
    assert str(world.folder / "data" / "gone") in result.failures[0].line
    assert "docs/local" in _done(result, Verb.BACKUP)
    again = world.pass_()
    assert again.done == (), "a failure waits for its backoff"
    world.data("gone")
    world.later(minutes=2)
    assert "gone/local" in _done(world.pass_(), Verb.BACKUP)


def test_a_backup_request_is_done_exactly_once(world: World) -> None:
    world.pass_()
    world.later_than_next_slot("docs", "local")
    world.pass_()
    request = (
        "apiVersion: backup/v1\nkind: BackupRequest\nmetadata: {name: before-upgrade}\n"
        "spec: {asset: docs, reason: before the upgrade}\n"
    )
    world.policy.commit({"request.yaml": request})
    assert "docs/local" in _done(world.pass_(), Verb.BACKUP)
    for _ in range(3):
        world.later(minutes=1)
        assert "docs/local" not in _done(world.pass_(), Verb.BACKUP)


def test_the_passphrase_is_in_no_file_that_the_loop_writes(world: World) -> None:
    world.pass_()
    for file in (*(world.folder / "state").rglob("*"), *(world.folder / "runbooks").rglob("*")):
        if file.is_file():
            assert CANARY.encode() not in file.read_bytes(), file
    assert not any(CANARY in line for line in world.lines)
