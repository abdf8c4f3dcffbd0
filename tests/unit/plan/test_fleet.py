"""A simulated fleet under ordinary life: it never blocks normal pruning, never doubles a slot, never misses one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.obligations.actions import BackUp, Copy
from reconciler.observed.attempts import Outcome, Verb
from reconciler.plan.simulated import Result
from reconciler.policy.models.asset import Schedule
from reconciler.policy.models.retention import RetentionSpec
from reconciler.units.durations import CalendarDuration
from tests.unit.obligations.policies import DAY, GFS, HOUR, MADRID, asset, placement, policy
from tests.unit.plan.fleets import (
    START,
    assert_kept_as_decided,
    assert_one_backup_a_slot,
    count,
    fleet,
    made,
    run,
    slots,
    unmarked,
)

MINUTE = timedelta(minutes=1)
LONG = RetentionSpec(daily=14, weekly=8, monthly=12)
WIKI = asset("wiki", placement("local"), placement("nas", "local"))
ETC = asset("etc", placement("local", rpo=DAY, retention=LONG), placement("nas", "local", rpo=DAY, retention=LONG))
ARCHIVE = asset(
    "archive",
    placement("local", rpo=7 * DAY, retention=RetentionSpec(weekly=3)),
    placement("cold", "local", rpo=8 * DAY, retention=RetentionSpec(last=2)),
)
RARE_COPY = asset(
    "mail",
    placement("local", retention=RetentionSpec(within=CalendarDuration(days=2), daily=5)),
    placement("cold", "local", rpo=DAY, retention=RetentionSpec(daily=5)),
)
FLEETS = {
    "hourly": policy(WIKI),
    "daily": policy(ETC),
    "mixed": policy(ETC, ARCHIVE, RARE_COPY),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", FLEETS)
def test_sixty_quiet_days_prune_freely_and_fill_each_slot_once(kind: str) -> None:
    simulated = fleet(FLEETS[kind])
    run(simulated, START + 60 * DAY)
    assert simulated.blocked == []
    for name in simulated.policy.assets:
        assert_one_backup_a_slot(simulated, name)
    assert_kept_as_decided(simulated)
    assert count(simulated, Verb.FORGET) > 0
    assert count(simulated, Verb.INITIALISE) == len(simulated.policy.repositories)


def test_after_sixty_days_as_many_backups_remain_as_the_retention_says() -> None:
    simulated = fleet(policy(ETC))
    run(simulated, START + 60 * DAY)
    days = {backup.time.astimezone(MADRID).date() for backup in unmarked(simulated, "etc")}
    newest = max(days)
    assert {newest - timedelta(days=back) for back in range(14)} <= days
    assert len({day.isocalendar()[:2] for day in days}) == 9
    copied = unmarked(simulated, "etc", "nas")
    assert [backup.lineage for backup in copied] == [backup.lineage for backup in unmarked(simulated, "etc")]


@pytest.mark.slow
@pytest.mark.parametrize("days", [1, 3, 7])
def test_after_an_outage_there_is_one_catch_up_and_then_the_slots_go_on(days: int) -> None:
    simulated = fleet(policy(WIKI, ETC))
    run(simulated, START + 12 * DAY)
    off, on = simulated.now, simulated.now + days * DAY + timedelta(minutes=17)
    simulated.sleep(on)
    run(simulated, on + 5 * DAY)
    assert simulated.blocked == []
    for name in ("wiki", "etc"):
        assert_one_backup_a_slot(simulated, name, up=lambda slot: slot < off - HOUR or slot > on)
        first, second = [began for began in made(simulated, name) if began >= on][:2]
        assert first == on
        assert second == slots(simulated, name).next(on)
    assert_kept_as_decided(simulated)


@pytest.mark.slow
@pytest.mark.parametrize("night", [datetime(2026, 10, 25, tzinfo=UTC), datetime(2027, 3, 28, tzinfo=UTC)])
@pytest.mark.parametrize("at", ["30 2 * * *", "30 1 * * *", "0 3 * * *"])
def test_on_a_night_of_two_times_there_is_one_backup_a_date_and_no_deletion_more(night: datetime, at: str) -> None:
    spread = Schedule(cron=at, spread=timedelta(seconds=1))
    kept = RetentionSpec(daily=3)
    nightly = asset("nightly", placement("local", rpo=26 * HOUR, retention=kept), schedule=spread)
    simulated = fleet(policy(nightly, WIKI), start=night - 6 * DAY + 8 * HOUR)
    run(simulated, night + 3 * DAY)
    began = made(simulated, "nightly")
    dates = [instant.astimezone(MADRID).date() for instant in began[1:]]
    assert dates == [(night - 5 * DAY + number * DAY).date() for number in range(len(dates))]
    assert len(dates) >= 7
    assert_one_backup_a_slot(simulated, "wiki")
    assert len(unmarked(simulated, "nightly")) == 3
    assert simulated.blocked == []


@pytest.mark.slow
def test_a_degraded_spell_fills_slots_evicts_nothing_and_costs_nothing() -> None:
    spell = (START + 3 * DAY, START + 5 * DAY)
    hourly = policy(asset("wiki", placement("local", retention=RetentionSpec(hourly=24, daily=3))))
    simulated = fleet(hourly, lambda _, now: Result(degraded=spell[0] <= now < spell[1]))
    run(simulated, spell[1])
    assert_one_backup_a_slot(simulated, "wiki")
    counted = [b for b in simulated.placements["wiki", "local"].backups if b.counted(simulated.now)]
    assert len(counted) >= 24
    run(simulated, spell[1] + 20 * DAY)
    assert simulated.blocked == []
    assert_one_backup_a_slot(simulated, "wiki")
    assert all(backup.counted(simulated.now) for backup in simulated.placements["wiki", "local"].backups)


@pytest.mark.slow
@pytest.mark.parametrize("accepted", [True, False])
def test_a_shrink_freezes_deletions_until_it_is_accepted_or_a_good_one_follows(accepted: bool) -> None:
    small_from = START + 4 * DAY
    small_to = small_from + 400 * DAY if accepted else small_from + 6 * HOUR

    def conduct(_action: BackUp | Copy, now: datetime) -> Result:
        return Result(size=100 if small_from <= now < small_to else 1000)

    simulated = fleet(policy(WIKI), conduct)
    run(simulated, small_from + 5 * HOUR)
    frozen = count(simulated, Verb.FORGET)
    assert {planned.blocked.guard for _, planned in simulated.blocked if planned.blocked} <= {"suspicion"}
    facts = simulated.placements["wiki", "local"]
    suspicious = [backup for backup in facts.backups if backup.suspicious]
    assert len(suspicious) >= 4
    assert_one_backup_a_slot(simulated, "wiki")
    # What was on its way out before stays where it is.
    assert facts.marks
    run(simulated, small_from + 5 * HOUR + timedelta(minutes=50))
    assert count(simulated, Verb.FORGET) == frozen
    if accepted:
        simulated.accept("wiki", suspicious[-1].lineage)
    run(simulated, small_from + 3 * DAY)
    assert count(simulated, Verb.FORGET) > frozen
    assert simulated.plan().blocked == ()
    assert_one_backup_a_slot(simulated, "wiki")


def test_an_unreachable_repository_is_retried_with_backoff_and_caught_up_once() -> None:
    simulated = fleet(policy(WIKI))
    run(simulated, START + 2 * DAY)
    off = simulated.now
    simulated.lose("local")
    run(simulated, off + 6 * HOUR)
    failures = [done for done in simulated.done if done.run and done.run.result.error and done.at >= off]
    assert 8 <= len(failures) <= 14
    simulated.regain("local")
    run(simulated, off + DAY)
    taken = [began for began in made(simulated, "wiki") if began >= off]
    assert len({slots(simulated, "wiki").latest(began) for began in taken}) == len(taken)
    assert simulated.plan().blocked == ()


def test_when_the_origin_is_away_past_the_rpo_the_target_is_backed_up_straight() -> None:
    simulated = fleet(policy(WIKI))
    run(simulated, START + 2 * DAY)
    off = simulated.now
    simulated.lose("local")
    run(simulated, off + 6 * HOUR)
    straight = made(simulated, "wiki", "nas")
    assert len(straight) >= 5
    assert off + HOUR <= straight[0] <= off + 2 * HOUR
    simulated.regain("local")
    run(simulated, off + DAY)
    assert made(simulated, "wiki", "nas") == straight
    assert made(simulated, "wiki", "nas", Verb.COPY)[-1] > off + 22 * HOUR


@pytest.mark.slow
def test_a_lowering_without_approval_loses_only_the_credit_and_with_it_all_that_it_lists() -> None:
    simulated = fleet(policy(asset("wiki", placement("local", retention=GFS))))
    run(simulated, START + 10 * DAY)
    before_by_age = [backup.id for backup in reversed(unmarked(simulated, "wiki"))]
    before = set(before_by_age)
    credit = simulated.placements["wiki", "local"].credit
    simulated.change(policy(asset("wiki", placement("local", retention=RetentionSpec(last=2)))))
    simulated.run(simulated.now + timedelta(minutes=1))
    after = {backup.id for backup in unmarked(simulated, "wiki")}
    assert len(before - after) == credit
    [blocked] = [planned.blocked for planned in simulated.plan().blocked]
    assert blocked is not None and blocked.guard == "budget"
    assert before - after == set(before_by_age[:credit])
    simulated.approve(blocked.lines)
    simulated.run(simulated.now + timedelta(minutes=1))
    assert len(unmarked(simulated, "wiki")) == 2
    assert simulated.approved == frozenset()
    assert simulated.plan().blocked == ()


@pytest.mark.slow
def test_an_asset_comes_and_goes_and_its_backups_stay() -> None:
    simulated = fleet(policy(WIKI))
    run(simulated, START + DAY)
    simulated.change(policy(WIKI, ETC))
    run(simulated, START + 2 * DAY)
    assert made(simulated, "etc")[0] == START + DAY
    simulated.change(policy(WIKI))
    left = simulated.orphans["etc", "local"].backups
    assert left
    run(simulated, START + 12 * DAY)
    assert simulated.orphans["etc", "local"].backups == left
    assert simulated.blocked == []
    assert_one_backup_a_slot(simulated, "wiki")


def test_an_asset_that_left_is_an_orphan_until_it_returns_and_takes_its_backups_back() -> None:
    simulated = fleet(policy(WIKI, ETC))
    run(simulated, START + DAY)
    before = simulated.placements["etc", "local"]
    simulated.change(policy(WIKI))
    run(simulated, START + DAY + 4 * HOUR)
    assert ("etc", "local") not in simulated.placements
    assert simulated.orphans["etc", "local"].backups == before.backups
    simulated.change(policy(WIKI, ETC))
    after = simulated.placements["etc", "local"]
    assert (after.backups, after.marks, after.credit) == (before.backups, before.marks, before.credit)
    assert simulated.orphans == {}


def test_a_host_that_slept_through_an_hour_catches_up_once_and_what_was_under_way_is_lost() -> None:
    simulated = fleet(policy(asset("wiki", placement("local"))), lambda _, now: Result(duration=10 * MINUTE))
    run(simulated, START + 6 * HOUR)
    while not simulated.placements["wiki", "local"].running:
        simulated.run(simulated.now + 5 * MINUTE)
    taken = len(made(simulated, "wiki"))
    on = slots(simulated, "wiki").next(simulated.now + 3 * HOUR) + MINUTE
    simulated.sleep(on)
    assert simulated.placements["wiki", "local"].last.outcome is Outcome.ABANDONED
    run(simulated, on + 30 * MINUTE)
    assert len(made(simulated, "wiki")) == taken + 1
    assert simulated.blocked == []


def test_an_accepted_small_backup_ends_the_freeze() -> None:
    small_from = START + DAY
    kept = RetentionSpec(last=3)
    simulated = fleet(
        policy(asset("wiki", placement("local", retention=kept))),
        lambda _, now: Result(size=100 if now >= small_from else 1000),
    )
    run(simulated, small_from + 2 * HOUR)
    suspicious = [found for found in simulated.placements["wiki", "local"].backups if found.suspicious]
    assert suspicious
    simulated.accept("wiki", suspicious[-1].lineage)
    assert not [
        found for found in simulated.placements["wiki", "local"].backups if found.suspicious and not found.accepted
    ]
    run(simulated, small_from + 6 * HOUR)
    assert simulated.plan().blocked == ()


def test_backups_that_take_half_the_period_neither_double_nor_miss_a_slot() -> None:
    simulated = fleet(policy(WIKI), lambda _, now: Result(duration=timedelta(minutes=20)))
    run(simulated, START + 4 * DAY)
    assert_one_backup_a_slot(simulated, "wiki")


@pytest.mark.slow
def test_a_copy_with_rarer_slots_takes_one_backup_a_slot() -> None:
    simulated = fleet(policy(RARE_COPY))
    run(simulated, START + 8 * DAY)
    row = slots(simulated, "mail", "cold")
    copies = made(simulated, "mail", "cold", Verb.COPY)
    assert len({row.latest(began) for began in copies[1:]}) == len(copies) - 1
    backups = simulated.placements["mail", "cold"].backups
    assert len(backups) <= len(copies)


def test_a_simulated_run_is_the_same_each_time() -> None:
    one, other = fleet(policy(WIKI)), fleet(policy(WIKI))
    run(one, START + DAY)
    run(other, START + DAY)
    assert one.done == other.done
