"""Facts: what listings and journal say together, for all assets or for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from reconciler.catalog import open_catalog
from reconciler.catalog.catalog import Catalog
from reconciler.catalog.values import ListingChange, RepositoryLook
from reconciler.kit.clock import FixedClock
from reconciler.obligations.builtin import TIER, with_builtin
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.backup import Backup, Verdict
from reconciler.observed.entries import (
    Approved,
    AttemptBegan,
    AttemptEnded,
    Consumed,
    CreditSet,
    Entry,
    ExpiredBackup,
    ForgetIntended,
    Forgotten,
    Invalidated,
    JournalStarted,
    Marked,
    Offered,
    PlacementWanted,
    PolicyEnforced,
    RepositoryPinned,
    Restored,
    Resumed,
    Suspended,
    Unmarked,
    Vanished,
    VanishedAccepted,
)
from reconciler.observed.facts import PageFacts, PolicyFacts, Reach
from reconciler.policy.models.asset import Adopt, Expect
from reconciler.policy.models.exceptions import BackupRequestSpec
from tests.unit.catalog.catalogs import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    asset,
    backup_id,
    began,
    ended,
    failed,
    listing,
    policy,
    snapshot,
)

ETC = policy(asset("etc", "local", "nas"))


def backups(catalog: Catalog, name: str = "etc", repository: str = "local") -> Sequence[Backup]:
    return catalog.facts(ETC, NOW).placement(name, repository).backups


def test_a_listed_backup_bears_the_verdict_of_its_birth(catalog: Catalog) -> None:
    catalog.record([began("a1"), ended("a1", 1)], NOW)
    catalog.record([began("a2"), ended("a2", 2, verdict=Verdict.DEGRADED, suspicious=True)], NOW)
    found = [snapshot(1, attempt="a1"), snapshot(2, attempt="a2", time=NOW + MINUTE)]
    catalog.store_listing(listing("local", *found))
    newest, oldest = backups(catalog)
    assert (newest.id, newest.verdict, newest.suspicious) == (backup_id(2), Verdict.DEGRADED, True)
    assert (oldest.id, oldest.verdict, oldest.suspicious) == (backup_id(1), Verdict.COMPLETE, False)
    assert oldest.counted(NOW) and not newest.counted(NOW)


def test_a_backup_whose_attempt_never_ended_is_unknown(catalog: Catalog) -> None:
    catalog.record([began("a1")], NOW)
    catalog.store_listing(listing("local", snapshot(1, attempt="a1")))
    (found,) = backups(catalog)
    assert (found.verdict, found.attempt, found.present(NOW)) == (Verdict.UNKNOWN, "a1", False)
    assert [found.entry.attempt for found in catalog.open_attempts()] == ["a1"]
    assert catalog.facts(ETC, NOW).placement("etc", "local").running


def test_an_adopt_rule_does_not_judge_an_attempt_of_ours_that_never_ended(catalog: Catalog) -> None:
    rule = Adopt(host="db1", paths=("/etc",), count=True)
    world = policy(asset("etc", adopt=rule))
    catalog.record([began("a1")], NOW)
    catalog.store_listing(listing("local", snapshot(1, attempt="a1"), snapshot(2, None, time=NOW - HOUR)))
    ours, older = catalog.facts(world, NOW).placement("etc", "local").backups
    assert not ours.counted(NOW)
    assert older.counted(NOW)


def test_a_verdict_of_anothers_backup_says_nothing_unless_a_rule_takes_that_over(catalog: Catalog) -> None:
    catalog.record([began("a1", "old"), ended("a1", 1, "old"), began("a2"), ended("a2", 2)], NOW)
    catalog.store_listing(listing("local", snapshot(1, "old", attempt="a1"), snapshot(2, "wiki", attempt="a2")))
    taking = policy(asset("etc", adopt=Adopt(host="db1", paths=("/etc",))), asset("wiki"))
    for wanted in (None, ("etc", "wiki")):
        observed = catalog.facts(taking, NOW, wanted)
        assert [one.verdict for one in observed.placement("etc", "local").backups] == [Verdict.COMPLETE]
        assert [one.verdict for one in observed.placement("wiki", "local").backups] == [Verdict.UNKNOWN]


def test_backups_of_one_place_are_newest_first_whatever_they_are_known_by(catalog: Catalog) -> None:
    catalog.record([began("a2"), ended("a2", 2)], NOW)
    named = snapshot(2, attempt="a2", time=NOW - HOUR)
    catalog.store_listing(listing("local", snapshot(1, None), named, snapshot(3, None, time=NOW - DAY)))
    adopting = policy(asset("etc", adopt=Adopt(host="db1", paths=("/etc",), count=True)))
    found = catalog.facts(adopting, NOW, ("etc",)).placement("etc", "local").backups
    assert [one.id for one in found] == [backup_id(1), backup_id(2), backup_id(3)]
    assert [(one.adopted, one.verdict) for one in found[:2]] == [(True, Verdict.UNKNOWN), (False, Verdict.COMPLETE)]


def test_a_backup_by_hand_is_kept_as_long_as_was_asked_for(catalog: Catalog) -> None:
    by_hand = AttemptBegan(attempt="a1", verb=Verb.BACKUP, repository="local", asset="etc", keep_until=date(2027, 3, 1))
    catalog.record([by_hand, ended("a1", 1)], NOW)
    catalog.store_listing(listing("local", snapshot(1, attempt="a1")))
    assert backups(catalog)[0].keep_until == datetime(2027, 3, 1, tzinfo=ZoneInfo("Europe/Madrid"))


def test_a_verdict_is_given_once(catalog: Catalog) -> None:
    catalog.record([began("a1"), ended("a1", 1, verdict=Verdict.DEGRADED), ended("a1", 1)], NOW)
    catalog.store_listing(listing("local", snapshot(1)))
    assert backups(catalog)[0].verdict is Verdict.DEGRADED


def test_a_copy_inherits_verdict_and_acceptance_from_its_lineage(catalog: Catalog) -> None:
    catalog.record([began("a1"), ended("a1", 1, suspicious=True)], NOW)
    catalog.store_listing(listing("nas", snapshot(7, original=1)))
    (copy,) = backups(catalog, repository="nas")
    assert copy.is_copy and copy.suspicious and not copy.counted(NOW)
    accepting = policy(asset("etc", "local", "nas", expect=Expect(accept=backup_id(1))))
    catalog.record([PolicyEnforced(revision="a" * 40, policy=accepting)], NOW)
    catalog.record([PolicyEnforced(revision="b" * 40, policy=ETC)], NOW)
    (copy,) = backups(catalog, repository="nas")
    assert copy.accepted and copy.counted(NOW), "an acceptance is remembered when the field is gone"


def test_an_accepted_backup_becomes_the_baseline_for_those_after_it(catalog: Catalog) -> None:
    catalog.record([ended("a0", 9, suspicious=True, size=100)], NOW)
    catalog.record([ended("a1", 1, suspicious=True, size=100)], NOW)
    catalog.record([ended("a2", 2, suspicious=True, size=90)], NOW)
    catalog.record([ended("a3", 3, suspicious=True, size=20)], NOW)
    catalog.record([ended("w1", 4, "wiki", suspicious=True, size=100)], NOW)
    accepting = policy(asset("etc", expect=Expect(accept=backup_id(1))), asset("wiki"))
    catalog.record([PolicyEnforced(revision="a" * 40, policy=accepting)], NOW)
    times = {9: 0, 1: 1, 2: 2, 3: 3}
    listed = [snapshot(number, time=NOW + minutes * MINUTE) for number, minutes in times.items()]
    catalog.store_listing(listing("local", *listed, snapshot(4, "wiki")))
    observed = catalog.facts(accepting, NOW + HOUR)
    counted = {found.id: found.counted(NOW + HOUR) for found in observed.placement("etc", "local").backups}
    assert counted == {backup_id(9): False, backup_id(1): True, backup_id(2): True, backup_id(3): False}
    assert not observed.placement("wiki", "local").backups[0].counted(NOW + HOUR)


def test_adopted_backups_count_only_when_the_rule_says_so(catalog: Catalog) -> None:
    catalog.store_listing(listing("local", snapshot(1, None), snapshot(2, None, paths=("/srv",))))
    for count in (False, True):
        world = policy(asset("etc", adopt=Adopt(host="db1", paths=("/etc",), count=count)))
        observed = catalog.facts(world, NOW)
        (found,) = observed.placement("etc", "local").backups
        assert (found.id, found.adopted, found.counted(NOW)) == (backup_id(1), count, count)
        assert observed.orphans == ()


def test_changed_adopt_rules_find_other_backups_without_a_new_listing(catalog: Catalog) -> None:
    catalog.store_listing(listing("local", snapshot(1, None), snapshot(2, None, paths=("/srv",))))
    for paths, expected in ((("/etc",), 1), (("/srv",), 2)):
        world = policy(asset("etc", adopt=Adopt(host="db1", paths=paths, count=True)))
        for wanted in (None, ("etc",)):
            (found,) = catalog.facts(world, NOW, wanted).placement("etc", "local").backups
            assert found.id == backup_id(expected)


def test_backups_of_an_asset_or_a_place_that_the_policy_left_are_orphans(catalog: Catalog) -> None:
    catalog.store_listing(listing("local", snapshot(1), snapshot(2, "gone"), snapshot(3, None)))
    catalog.store_listing(listing("cold", snapshot(4, original=1)))
    expired = ExpiredBackup(backup=backup_id(2), time=NOW, why="decommissioned")
    catalog.record([Marked(asset="gone", repository="local", backups=(expired,))], NOW)
    orphans = {(found.identity, found.repository): found for found in catalog.facts(ETC, NOW).orphans}
    assert set(orphans) == {("iact/gone", "local"), ("iact/etc", "cold")}
    gone = orphans["iact/gone", "local"]
    assert [found.id for found in gone.backups] == [backup_id(2)]
    assert set(gone.marks) == {backup_id(2)}


def test_facts_of_one_asset_hold_nothing_of_others(catalog: Catalog) -> None:
    world = policy(asset("etc", "local"), asset("wiki", "nas"))
    catalog.record([began("a1"), ended("a1", 1), began("w1", "wiki", "nas")], NOW)
    catalog.store_listing(listing("local", snapshot(1), snapshot(2, "gone")))
    catalog.store_listing(listing("nas", snapshot(3, "wiki")))
    catalog.store_page("wiki", PageFacts("f", NOW))
    observed = catalog.facts(world, NOW, ("etc",))
    assert set(observed.placements) == {("etc", "local")}
    assert set(observed.repositories) == {"local"}
    assert observed.orphans == () and observed.pages == {}
    whole = catalog.facts(world, NOW)
    assert whole.placement("etc", "local") == observed.placement("etc", "local")
    assert whole.repository("local") == observed.repository("local")
    assert set(whole.pages) == {"wiki"}


def test_marks_lapse_and_end_with_their_backups(catalog: Catalog) -> None:
    expired = tuple(ExpiredBackup(backup=backup_id(n), time=NOW, why="unruled", charged=n > 1) for n in (1, 2, 3))
    catalog.record([Marked(asset="etc", repository="local", backups=expired, approval="c")], NOW)
    catalog.record([Marked(asset="etc", repository="local", backups=expired[:1])], NOW + HOUR)
    catalog.record([Unmarked(asset="etc", repository="local", backups=(backup_id(2),))], NOW)
    catalog.record([Forgotten(repository="local", backups=(backup_id(3),))], NOW)
    marks = catalog.facts(ETC, NOW).placement("etc", "local").marks
    assert set(marks) == {backup_id(1)}
    mark = marks[backup_id(1)]
    assert (mark.marked_at, mark.why, mark.charged, mark.approval) == (NOW, "unruled", False, "c")


def test_a_disappearance_is_explained_only_by_our_own_deletions(catalog: Catalog) -> None:
    listed = [snapshot(1), snapshot(2), snapshot(3), snapshot(4, "gone"), snapshot(5, None)]
    catalog.store_listing(listing("local", *listed))
    catalog.record([ForgetIntended(repository="local", backups=(backup_id(1), backup_id(2)))], NOW)
    catalog.record([Forgotten(repository="local", backups=(backup_id(2),))], NOW)
    catalog.record([ForgetIntended(repository="nas", backups=(backup_id(3),))], NOW)
    missing = [backup_id(n) for n in (1, 2, 3, 4, 5)]
    assert catalog.vanished("local", missing, ETC) == (backup_id(3), backup_id(4))


def test_an_intention_that_lapsed_explains_nothing(catalog: Catalog) -> None:
    catalog.store_listing(listing("local", snapshot(1)))
    catalog.record([ForgetIntended(repository="local", backups=(backup_id(1),))], NOW)
    catalog.record([Unmarked(asset="etc", repository="local", backups=(backup_id(1),))], NOW)
    assert catalog.vanished("local", [backup_id(1)], ETC) == (backup_id(1),)


def test_vanished_backups_stay_told_until_accepted_or_back(catalog: Catalog) -> None:
    catalog.store_listing(listing("local", snapshot(1), snapshot(2), snapshot(3)))
    gone = tuple(backup_id(n) for n in (1, 2, 3))
    catalog.record([Vanished(repository="local", backups=gone)], NOW)
    catalog.store_listing(listing("local", removed=frozenset(gone)))
    assert catalog.facts(ETC, NOW).repository("local").vanished == gone
    catalog.store_listing(listing("local", snapshot(1)))
    catalog.record([VanishedAccepted(repository="local", backups=gone[1:2], by="ana", reason="moved")], NOW)
    assert catalog.facts(ETC, NOW).repository("local").vanished == (backup_id(3),)


@pytest.mark.parametrize("told", [True, False], ids=["told as forgotten", "only intended"])
def test_a_backup_that_vanished_and_came_back_may_be_forgotten_like_any_other(catalog: Catalog, told: bool) -> None:
    catalog.store_listing(listing("local", snapshot(1)))
    gone = (backup_id(1),)
    catalog.record([Vanished(repository="local", backups=gone)], NOW)
    catalog.store_listing(listing("local", removed=frozenset(gone)))
    catalog.store_listing(listing("local", snapshot(1)))
    catalog.record([ForgetIntended(repository="local", backups=gone)], NOW)
    if told:
        catalog.record([Forgotten(repository="local", backups=gone)], NOW)
    catalog.store_listing(listing("local", removed=frozenset(gone)))
    assert catalog.facts(ETC, NOW).repository("local").vanished == ()


def test_failures_in_a_row_end_with_a_success(catalog: Catalog) -> None:
    catalog.record([began("a1"), failed("a1")], NOW)
    catalog.record([began("a2"), failed("a2", code="repository-locked")], NOW + HOUR)
    place = catalog.facts(ETC, NOW).placement("etc", "local")
    assert (place.failures, place.failing_since) == (2, NOW)
    assert place.last and (place.last.id, place.last.code, place.last.outcome) == (
        "a2",
        "repository-locked",
        Outcome.FAILED,
    )
    assert catalog.facts(ETC, NOW).repository("local").failures == {"backup": 2}
    catalog.record([began("a3"), ended("a3", 3)], NOW + 2 * HOUR)
    place = catalog.facts(ETC, NOW).placement("etc", "local")
    assert (place.failures, place.failing_since) == (0, None)


def test_what_is_usual_is_the_median_of_the_last_ten_successes(catalog: Catalog) -> None:
    for number in range(1, 13):
        entry = ended(f"a{number}", number, seconds=float(number), size=number * 100)
        catalog.record([began(f"a{number}"), entry], NOW)
    place = catalog.facts(ETC, NOW).placement("etc", "local")
    assert place.usual_duration is not None
    assert (place.usual_duration.total_seconds(), place.usual_size) == (7.5, 750)


def test_credit_starts_at_three_and_is_what_was_set_last(catalog: Catalog) -> None:
    assert catalog.facts(ETC, NOW).placement("etc", "local").credit == 3
    catalog.record([CreditSet(asset="etc", repository="local", balance=7)], NOW)
    assert catalog.facts(ETC, NOW).placement("etc", "local").credit == 7


def test_a_placement_is_wanted_anew_when_it_left_the_policy_meanwhile(catalog: Catalog) -> None:
    want = PlacementWanted(asset="etc", repository="local")
    catalog.record([want], NOW)
    catalog.record([want], NOW + HOUR)
    assert catalog.facts(ETC, NOW).placement("etc", "local").wanted_since == NOW
    catalog.record([PolicyEnforced(revision="a" * 40, policy=policy(asset("wiki")))], NOW)
    catalog.record([PolicyEnforced(revision="b" * 40, policy=ETC), want], NOW + DAY)
    assert catalog.facts(ETC, NOW).placement("etc", "local").wanted_since == NOW + DAY


def test_the_state_asset_keeps_since_when_it_is_wanted_while_it_has_a_place(catalog: Catalog) -> None:
    here, there = asset("etc"), asset("wiki", "nas").model_copy(update={"host": "there"})
    both = policy(here, there)
    states = [found for found in with_builtin(both, here.host, "/state").assets.values() if found.tier == TIER]
    assert {found.name for found in states} == {"reconciler-state-db1", "reconciler-state-there"}, "one a host"
    wants = [PlacementWanted(asset=found.name, repository=found.placements[0].repository) for found in states]
    catalog.record([PolicyEnforced(revision="a" * 40, policy=both), *wants], NOW)
    catalog.record([PolicyEnforced(revision="b" * 40, policy=both)], NOW + HOUR)
    whole = with_builtin(both, here.host, "/state")
    for found in states:
        place = found.placements[0].repository
        assert catalog.facts(whole, NOW).placement(found.name, place).wanted_since == NOW
    alone = policy(there)
    catalog.record([PolicyEnforced(revision="c" * 40, policy=alone)], NOW + 2 * HOUR)
    catalog.record([PolicyEnforced(revision="d" * 40, policy=both)], NOW + 3 * HOUR)
    gone = next(found for found in states if found.host == here.host)
    assert catalog.facts(whole, NOW).placement(gone.name, "local").wanted_since is None


def test_a_changed_block_or_changed_settings_are_dated(catalog: Catalog) -> None:
    first = policy(asset("etc"), asset("wiki"))
    catalog.record([PolicyEnforced(revision="a" * 40, policy=first)], NOW)
    second = policy(asset("etc", expect=Expect(minimum_size=5)), asset("wiki"))
    catalog.record([PolicyEnforced(revision="b" * 40, policy=second)], NOW + HOUR)
    observed = catalog.facts(second, NOW)
    assert observed.placement("etc", "local").changed_at == NOW + HOUR
    assert observed.placement("wiki", "local").changed_at == NOW
    catalog.note_settings("s1", NOW + 2 * HOUR)
    catalog.note_settings("s1", NOW + 3 * HOUR)
    assert catalog.facts(second, NOW).placement("wiki", "local").changed_at == NOW + 2 * HOUR


def test_a_request_is_done_by_one_counted_backup_and_stays_done(catalog: Catalog) -> None:
    world = policy(asset("etc"), requests={"before": BackupRequestSpec(asset="etc", reason="upgrade")})
    bad = ended("a1", 1, request="before", verdict=Verdict.DEGRADED)
    catalog.record(
        [AttemptBegan(attempt="a1", verb=Verb.BACKUP, repository="local", asset="etc", request="before"), bad], NOW
    )
    assert catalog.facts(world, NOW).requests_done == {}
    catalog.record([ended("a2", 2, request="before")], NOW)
    assert catalog.facts(world, NOW).requests_done == {"before": backup_id(2)}
    catalog.record([Forgotten(repository="local", backups=(backup_id(2),))], NOW)
    assert catalog.facts(world, NOW, ("etc",)).requests_done == {"before": backup_id(2)}


def test_a_request_keeps_its_backup_until_the_beginning_of_its_day(catalog: Catalog) -> None:
    began_with = AttemptBegan(
        attempt="a1", verb=Verb.BACKUP, repository="local", asset="etc", request="before", keep_until=date(2027, 3, 1)
    )
    catalog.record([began_with, ended("a1", 1, request="before")], NOW)
    catalog.store_listing(listing("local", snapshot(1, attempt="a1", request="before")))
    zone = ZoneInfo("Europe/Madrid")
    assert backups(catalog)[0].keep_until == datetime(2027, 3, 1, tzinfo=zone)
    longer = BackupRequestSpec(asset="etc", reason="upgrade", keep_until=date(2027, 6, 1))
    (found,) = catalog.facts(policy(asset("etc"), requests={"before": longer}), NOW).placement("etc", "local").backups
    assert found.keep_until == datetime(2027, 6, 1, tzinfo=zone)


def test_evidence_belongs_to_a_backup_where_it_lies(catalog: Catalog) -> None:
    def restored(number: int, sound: bool) -> Entry:
        return Restored(
            asset="etc", repository="local", backup=backup_id(number), target="/tmp/x", by="ana", reason="drill",
            files=1, size=1, seconds=1.0, sound=sound,
        )  # fmt: skip

    catalog.store_listing(listing("local", snapshot(1), snapshot(2), snapshot(3)))
    catalog.store_listing(listing("nas", snapshot(4, original=1)))
    bad = Invalidated(repository="local", backup=backup_id(3), why="does not restore")
    catalog.record([restored(1, True), restored(2, False), bad], NOW)
    found = {backup.id: backup for backup in (*backups(catalog), *backups(catalog, repository="nas"))}
    assert {number: found[backup_id(number)].restored_at for number in (1, 2, 3, 4)} == {
        1: NOW,
        2: None,
        3: None,
        4: None,
    }
    assert found[backup_id(3)].invalidated


def test_a_repository_remembers_looks_measures_and_work(catalog: Catalog) -> None:
    catalog.record([RepositoryPinned(repository="local", engine_id="e1", how="initialised")], NOW)
    catalog.store_look(RepositoryLook("local", Reach.READY, NOW, seen="e1", total=100, free=60))
    catalog.store_look(RepositoryLook("local", Reach.UNREACHABLE, NOW + HOUR, code="x", message="gone"))
    catalog.store_look(RepositoryLook("local", Reach.UNREACHABLE, NOW + 2 * HOUR, code="x", message="gone"))
    facts = catalog.facts(ETC, NOW).repository("local")
    assert (facts.reach, facts.trouble_since, facts.looked_at) == (Reach.UNREACHABLE, NOW + HOUR, NOW + 2 * HOUR)
    assert (facts.pinned, facts.seen, facts.total, facts.free, facts.measured_at) == ("e1", "e1", 100, 60, NOW)
    change = ListingChange("local", "e1", NOW + 3 * HOUR, (snapshot(1),), damaged=("d" * 64,), fingerprint="f9")
    catalog.store_listing(change)
    facts = catalog.facts(ETC, NOW).repository("local")
    assert facts.ready and facts.trouble_since is None and facts.listed_at == NOW + 3 * HOUR
    assert (facts.damaged, facts.free) == (("d" * 64,), 60)
    assert catalog.fingerprint("local") == "f9"
    assert catalog.known_ids("local") == {backup_id(1)}
    assert catalog.facts(ETC, NOW).repository("nas").reach is Reach.NEVER_SEEN


def test_a_failed_look_makes_the_next_one_list(catalog: Catalog) -> None:
    catalog.store_listing(listing("local", snapshot(1)))
    assert catalog.fingerprint("local") == "f1"
    catalog.store_look(RepositoryLook("local", Reach.UNREACHABLE, NOW))
    assert catalog.fingerprint("local") is None


def test_what_another_process_lists_or_cannot_look_at_is_seen_at_once(catalog: Catalog, tmp_path: Path) -> None:
    catalog.store_listing(listing("local", snapshot(1)))
    assert catalog.fingerprint("local") == "f1"
    with open_catalog(tmp_path / "state", FixedClock(NOW)) as other:
        other.store_listing(ListingChange("local", "e1", NOW, fingerprint="f2"))
        assert catalog.fingerprint("local") == "f2"
        other.store_look(RepositoryLook("local", Reach.UNREACHABLE, NOW))
    assert catalog.fingerprint("local") is None


def test_what_another_process_records_is_known_at_once(catalog: Catalog, tmp_path: Path) -> None:
    """Also right after our own entries, which leave the projection in step without asking."""
    with open_catalog(tmp_path / "state", FixedClock(NOW)) as other:
        for number in range(3):
            catalog.record([CreditSet(asset="etc", repository="local", balance=number)], NOW)
            other.record([CreditSet(asset="etc", repository="local", balance=10 + number)], NOW)
            assert catalog.placement_alone("etc", "local").credit == 10 + number
            other.journal.append([CreditSet(asset="etc", repository="local", balance=20 + number)], NOW)
            assert catalog.placement_alone("etc", "local").credit == 20 + number


def test_one_confirmed_snapshot_says_nothing_about_the_listing(catalog: Catalog) -> None:
    catalog.store_listing(ListingChange("local", "e1", NOW, (snapshot(1),), damaged=("d" * 64,), fingerprint="f1"))
    catalog.store_snapshot("local", snapshot(2))
    catalog.store_snapshot("local", snapshot(2))
    assert len(backups(catalog)) == 2
    facts = catalog.facts(ETC, NOW).repository("local")
    assert (facts.damaged, facts.listed_at, catalog.fingerprint("local")) == (("d" * 64,), NOW, "f1")


def test_checks_and_prunes_are_dated_by_those_that_ran_to_their_end(catalog: Catalog) -> None:
    def work(attempt: str, verb: Verb, outcome: Outcome = Outcome.SUCCEEDED, code: str = "") -> list[Entry]:
        return [
            AttemptBegan(attempt=attempt, verb=verb, repository="local"),
            AttemptEnded(attempt=attempt, verb=verb, repository="local", outcome=outcome, code=code, message=code),
        ]

    catalog.record([Forgotten(repository="local", backups=(backup_id(1), backup_id(2)))], NOW)
    catalog.record(work("c1", Verb.CHECK), NOW)
    catalog.record(work("c2", Verb.CHECK, Outcome.FAILED, "repository-locked"), NOW + HOUR)
    facts = catalog.facts(ETC, NOW).repository("local")
    assert (facts.checked_at, facts.check_sound, facts.forgotten, facts.pruned_at) == (NOW, True, 2, None)
    assert facts.last["check"].code == "repository-locked"
    catalog.record(work("c3", Verb.CHECK, Outcome.FAILED, "unsound"), NOW + HOUR)
    catalog.record(work("p1", Verb.PRUNE), NOW + 2 * HOUR)
    catalog.record([Forgotten(repository="local", backups=(backup_id(3),))], NOW + 3 * HOUR)
    facts = catalog.facts(ETC, NOW).repository("local")
    assert (facts.checked_at, facts.check_sound) == (NOW + HOUR, False)
    assert (facts.pruned_at, facts.forgotten) == (NOW + 2 * HOUR, 1)


def test_a_first_backup_keeps_its_repository_busy_until_it_succeeds(catalog: Catalog) -> None:
    def busy() -> bool:
        return catalog.facts(ETC, NOW).repository("local").busy_first

    assert not busy()
    catalog.record([began("a1")], NOW)
    assert busy()
    catalog.record([failed("a1", code="engine-interrupted")], NOW)
    assert busy()
    catalog.record([began("a2"), failed("a2", code="source-missing")], NOW)
    assert not busy(), "nothing was written, so nothing is lost by pruning"
    catalog.record([began("a3"), failed("a3").model_copy(update={"outcome": Outcome.ABANDONED})], NOW)
    assert busy()
    assert not catalog.facts(policy(asset("wiki")), NOW).repository("local").busy_first
    catalog.record([began("a4"), ended("a4", 4)], NOW)
    assert not busy()
    catalog.record([began("a5")], NOW)
    assert not busy()


def test_each_approved_line_is_used_once(catalog: Catalog) -> None:
    lines = ("local aaa", "local bbb")
    yes = Approved(checksum="c" * 64, lines=lines, by="ana", reason="agreed")
    catalog.record([yes], NOW)
    assert catalog.approved_lines() == set(lines) == catalog.facts(ETC, NOW).approved_lines
    catalog.record([Consumed(lines=lines[:1])], NOW - DAY)
    assert catalog.approved_lines() == {"local bbb"}, "a clock that went back makes no approval good twice"
    assert catalog.consumed() == {"local aaa": NOW}
    catalog.record([yes], NOW + HOUR)
    assert catalog.approved_lines() == set(lines)
    assert [recorded.at for recorded in catalog.approvals()] == [NOW + HOUR, NOW]


def test_offers_can_be_approved_for_seven_days(catalog: Catalog) -> None:
    old = Offered(checksum="a" * 64, subject="asset/etc", lines=("x",))
    catalog.record([old, Offered(checksum="b" * 64, subject="asset/wiki", lines=("y",))], NOW)
    catalog.record([old], NOW + DAY)
    assert {(r.entry.checksum[0], r.at) for r in catalog.offers(NOW + 7 * DAY)} == {("a", NOW + DAY), ("b", NOW)}
    assert [r.entry.checksum[0] for r in catalog.offers(NOW + 7 * DAY + HOUR)] == ["a"]


def test_a_suspension_of_the_host_ends_by_itself_or_by_hand(catalog: Catalog) -> None:
    def held(name: str) -> Suspended:
        return Suspended(name=name, verbs=(Verb.FORGET,), expires=NOW + DAY, by="ana", reason="move", asset="etc")

    catalog.record([held("one"), held("two"), Resumed(name="two", by="ana")], NOW)
    (found,) = catalog.facts(ETC, NOW).suspensions
    assert (found.name, found.asset, found.expires) == ("one", "etc", NOW + DAY)
    assert catalog.facts(ETC, NOW + DAY).suspensions == ()


def test_the_enforced_policy_comes_back_with_its_revision(catalog: Catalog) -> None:
    assert catalog.enforced() is None
    catalog.record([PolicyEnforced(revision="a" * 40, policy=ETC)], NOW)
    assert catalog.enforced() == ("a" * 40, ETC)
    other = policy(asset("wiki"))
    catalog.record([PolicyEnforced(revision="b" * 40, policy=other)], NOW)
    assert catalog.enforced() == ("b" * 40, other)
    assert catalog.facts(ETC, NOW).policy == PolicyFacts(applied="b" * 40)


@pytest.mark.parametrize(("how", "lost"), [("new", False), ("lost", True), ("restored", False)])
def test_a_lost_journal_is_told_until_it_is_restored(catalog: Catalog, how: str, lost: bool) -> None:
    catalog.record([JournalStarted(how="lost")], NOW)
    catalog.record([JournalStarted.model_validate({"how": how})], NOW)
    assert catalog.facts(ETC, NOW).journal_lost is lost is catalog.journal_lost
