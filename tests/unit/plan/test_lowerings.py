"""What waits for approval is shown with the backups that it lets go."""

from __future__ import annotations

from reconciler.observed.facts import Observed, OrphanFacts, PendingFacts, PolicyFacts
from reconciler.plan.build import make_plan
from reconciler.plan.lowerings import companions, let_go, parted, pending_lowerings
from reconciler.plan.plan import Plan
from reconciler.policy.approval import checksum, deletion_line
from tests.unit.obligations.policies import (
    DAY,
    LIMITS,
    NOW,
    asset,
    backup,
    compiled,
    facts,
    placement,
    policy,
    ready,
    world,
)

WIKI = policy(asset("wiki", placement("local"), placement("nas", "local")))
LOCAL = tuple(backup(f"b{n}", NOW - n * DAY) for n in (1, 2, 3))
DAILY, WEEKLY, FAR = (
    f"asset/wiki.repositories[{name}].retention.{rule} 7 2"
    for name, rule in (("local", "daily"), ("local", "weekly"), ("nas", "daily"))
)


def _pending(*lines: str) -> PendingFacts:
    return PendingFacts("asset/wiki", checksum(lines), tuple(sorted(lines)), "it lowers protection", NOW)


def _observed(*pending: PendingFacts) -> Observed:
    return world(ready("local"), ready("nas"), facts("local", *LOCAL), policy=PolicyFacts(pending=pending))


def _plan(*pending: PendingFacts) -> Plan:
    return make_plan(compiled(WIKI), _observed(*pending), WIKI, LIMITS, "r1", NOW)


def test_each_waiting_lowering_names_the_backups_that_it_lets_go_newest_first() -> None:
    gone = [deletion_line("local", one.id) for one in reversed(LOCAL[1:])]
    shown = {row.path: row for row in _plan(_pending(DAILY, WEEKLY, FAR, *gone)).lowerings}
    assert len(shown) == 3
    for rule in ("daily", "weekly"):
        found = shown[f"asset/wiki.repositories[local].retention.{rule}"].backups
        assert [(one.id, one.asset, one.repository, one.time) for one in found] == [
            (one.id, "wiki", "local", one.time) for one in LOCAL[1:]
        ]
    assert shown["asset/wiki.repositories[nas].retention.daily"].backups == ()


def test_a_backup_of_no_line_s_repository_stands_under_the_first_line() -> None:
    pending = _pending("asset/wiki.rpo 1h 2h", deletion_line("local", LOCAL[0].id))
    (row,) = _plan(pending).lowerings
    assert [one.id for one in row.backups] == [LOCAL[0].id]


def test_a_backup_that_nobody_knows_any_more_is_named_all_the_same() -> None:
    (row,) = pending_lowerings([_pending(DAILY, deletion_line("local", "f" * 64))], _observed())
    assert [(one.id, one.time) for one in row.backups] == [("f" * 64, None)]


def test_an_orphaned_backup_is_named_with_the_asset_that_it_was_of() -> None:
    observed = Observed(orphans=(OrphanFacts("iact/old", "local", LOCAL),))
    found = let_go([("local", one.id) for one in LOCAL], observed)
    assert {one.asset for one in found} == {"old"}
    assert [one.time for one in found] == sorted((one.time for one in LOCAL), reverse=True)


def test_a_block_without_a_lowering_comes_along_and_is_neither_approved_nor_mended() -> None:
    alone = PendingFacts("repository/nas", "", (), "the policy would be invalid with it: nas is not there")
    found = _plan(_pending(DAILY), alone)
    assert [(one.block, one.why) for one in found.companions] == [(alone.block, alone.why)]
    assert all(row.checksum for row in found.lowerings)
    assert [one.block for one in companions([_pending(DAILY), alone])] == ["repository/nas"]


def test_lines_of_an_approval_part_into_the_policy_s_and_the_backups() -> None:
    rows, named = parted([DAILY, "policy rewind a b", "local 0123"])
    assert named == [("local", "0123")]
    assert [row.line for row in rows] == [DAILY, "policy rewind a b"]
