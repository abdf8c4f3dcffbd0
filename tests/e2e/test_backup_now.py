"""A backup that a person asks for works from the policy in force: it enforces nothing and uses up no approval."""

from __future__ import annotations

import pytest

from reconciler.catalog.values import Filter
from reconciler.operations.planning import plan_host
from tests.e2e.commandline import CommandLine, one_line
from tests.e2e.world import World


@pytest.fixture
def line(world: World, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(world, capsys)


def _decisions(world: World) -> list[str]:
    with world.desk(lead=False) as desk:
        wanted = Filter(kinds=frozenset({"policy-enforced", "consumed"}))
        return [found.entry.kind for found in desk.catalog.journal.entries(wanted)]


@pytest.mark.slow
def test_a_backup_enforces_no_commit_and_uses_up_no_approval(line: CommandLine) -> None:
    world = line.world
    world.pass_()
    before, enforced = _decisions(world), world.facts("docs", "local")
    world.data("wiki")
    world.policy.commit({"policy.yaml": world.head(last=1), "wiki.yaml": world.asset("wiki")})
    state = plan_host(world.settings).state
    [waiting] = [found for found in state.waiting if found.checksum]
    world.approve(waiting.checksum)
    assert line.say("backup", "docs").code == 0
    assert _decisions(world) == before == ["policy-enforced"]
    assert len(world.facts("docs", "local").backups) == len(enforced.backups) + 1
    told = line.say("backup", "wiki")
    assert told.code == 64
    assert "no asset 'wiki' in the policy in force" in one_line(told)
    assert "name one of docs, reconciler-state" in one_line(told)
    assert "reconciler reconcile" in one_line(told)
    world.pass_()
    assert _decisions(world) == ["consumed", "policy-enforced", "policy-enforced"]
    assert line.say("backup", "wiki").code == 0


def test_a_backup_before_any_policy_is_in_force_is_refused(line: CommandLine) -> None:
    for before in ((), ("plan",)):
        if before:
            assert line.say(*before).code == 0
        told = line.say("backup", "docs")
        assert told.code == 64
        assert "no policy is enforced yet" in one_line(told)
        assert one_line(told).endswith("Next: run: reconciler reconcile")
    assert not list((line.world.folder / "repositories" / "local" / "snapshots").iterdir())
