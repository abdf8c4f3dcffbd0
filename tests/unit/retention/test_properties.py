"""What holds of every decision, whatever the backups and the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from reconciler.observed.backup import Backup, Verdict
from reconciler.policy.models.retention import RetentionSpec
from reconciler.retention.decide import Decision, Floor, Kept, Terms, decide
from reconciler.retention.reasons import Code
from reconciler.units.durations import CalendarDuration
from reconciler.units.instants import NEVER
from tests.unit.retention.histories import (
    COUNTS,
    NOW,
    all_terms,
    any_backups,
    backup,
    counted_backups,
    counts,
    kept_ids,
    spans,
)

DAY = timedelta(days=1)


@given(any_backups(), all_terms())
def test_every_backup_is_kept_or_dropped_once_newest_first(backups: list[Backup], terms: Terms) -> None:
    decision = decide(backups, terms, NOW)
    judged = [*(kept.backup for kept in decision.kept), *(dropped.backup for dropped in decision.dropped)]
    assert sorted(judged, key=lambda one: one.id) == sorted(backups, key=lambda one: one.id)
    for part in (decision.kept, decision.dropped):
        assert [one.backup.time for one in part] == sorted((one.backup.time for one in part), reverse=True)


@given(any_backups(), all_terms(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(backups: list[Backup], terms: Terms, random: Random) -> None:
    shuffled = backups.copy()
    random.shuffle(shuffled)
    assert decide(shuffled, terms, NOW) == decide(backups, terms, NOW)


@given(any_backups(), all_terms())
def test_the_newest_counted_backup_is_always_kept(backups: list[Backup], terms: Terms) -> None:
    counted = [one for one in backups if one.counted(NOW)]
    if counted:
        newest = max(counted, key=lambda one: (one.time, one.id))
        assert newest.id in kept_ids(decide(backups, terms, NOW))


@given(any_backups(), all_terms())
def test_the_newest_restored_ones_are_always_kept(backups: list[Backup], terms: Terms) -> None:
    restored = [one for one in backups if one.counted(NOW) and one.restored_at]
    restored.sort(key=lambda one: (one.time, one.id), reverse=True)
    floor = {one.id for one in restored[: terms.floor.minimum_restored]}
    assert floor <= {*kept_ids(decide(backups, terms, NOW))}


@given(any_backups(), all_terms())
def test_seven_backups_dated_2099_change_nothing_for_the_others(backups: list[Backup], terms: Terms) -> None:
    future = [backup(f"f{n}", datetime(2099, 1, 1 + n, tzinfo=UTC)) for n in range(7)]
    _assert_others_the_same(backups, future, terms)


_poor = st.sampled_from(
    [
        {"verdict": Verdict.DEGRADED},
        {"verdict": Verdict.UNKNOWN},
        {"suspicious": True, "size": 0},
        {"invalidated": True},
    ]
)


@given(any_backups(), all_terms(), st.lists(st.tuples(_poor, st.integers(0, 30)), max_size=12))
def test_uncounted_backups_change_nothing_for_the_others(
    backups: list[Backup], terms: Terms, poor: list[tuple[dict[str, object], int]]
) -> None:
    more = [backup(f"u{n}", NOW - days * DAY, **fields) for n, (fields, days) in enumerate(poor)]
    _assert_others_the_same(backups, more, terms)


def _assert_others_the_same(backups: list[Backup], more: list[Backup], terms: Terms) -> None:
    alone, among = decide(backups, terms, NOW), decide([*backups, *more], terms, NOW)
    others = {one.id for one in more}
    assert tuple(one for one in among.kept if one.backup.id not in others) == alone.kept
    assert tuple(one for one in among.dropped if one.backup.id not in others) == alone.dropped


@given(any_backups(), all_terms(), st.data())
def test_more_retention_never_keeps_less(backups: list[Backup], terms: Terms, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*RetentionSpec.model_fields]))
    value = getattr(terms.rules, name)
    more = data.draw(counts.filter(lambda n: n < 0 or n > value >= 0)) if name in COUNTS else _longer(value, data)
    raised = replace(terms, rules=terms.rules.model_copy(update={name: more}))
    assert {*kept_ids(decide(backups, terms, NOW))} <= {*kept_ids(decide(backups, raised, NOW))}


def _longer(span: CalendarDuration | None, data: st.DataObject) -> CalendarDuration:
    more: CalendarDuration = data.draw(spans)
    if span is None:
        return more
    return CalendarDuration(
        span.years + more.years, span.months + more.months, span.days + more.days, span.hours + more.hours
    )


@given(any_backups(), all_terms(), st.integers(0, 2))
def test_a_higher_floor_never_keeps_less(backups: list[Backup], terms: Terms, more: int) -> None:
    higher = replace(terms, floor=Floor(terms.floor.minimum_restored + more))
    assert {*kept_ids(decide(backups, terms, NOW))} <= {*kept_ids(decide(backups, higher, NOW))}


@given(any_backups(), all_terms())
def test_deciding_again_over_what_was_kept_keeps_it(backups: list[Backup], terms: Terms) -> None:
    kept = [one.backup for one in decide(backups, terms, NOW).kept]
    assert decide(kept, terms, NOW).dropped == ()


@given(counted_backups(least=1), all_terms(), st.integers(1, 10**8))
def test_an_older_backup_only_takes_the_place_of_the_oldest(backups: list[Backup], terms: Terms, seconds: int) -> None:
    older = backup("older", min(one.time for one in backups) - timedelta(seconds=seconds))
    before, after = decide(backups, terms, NOW), decide([*backups, older], terms, NOW)
    firm = {kept.backup.id for kept in before.kept if not _only_as_oldest(kept)}
    assert firm <= {*kept_ids(after)}


def _only_as_oldest(kept: Kept) -> bool:
    return all(reason.detail.endswith("(oldest)") for reason in kept.reasons)


@given(counted_backups(least=1), all_terms(), st.integers(0, 10**7))
def test_a_newer_backup_saves_none_that_was_dropped_but_by_month_arithmetic(
    backups: list[Backup], terms: Terms, seconds: int
) -> None:
    before = decide(backups, terms, NOW)
    newer = backup("newer", max(one.time for one in backups) + timedelta(seconds=seconds))
    after = decide([*backups, newer], terms, NOW + timedelta(days=400))
    monthly = any(getattr(terms.rules, name) and getattr(terms.rules, name).months for name in _SPANNED)
    saved = {*kept_ids(after)} - {*kept_ids(before), "newer"}
    assert not saved or monthly


_SPANNED = [name for name in RetentionSpec.model_fields if name not in COUNTS]


@given(any_backups(), all_terms(), st.integers(0, 999))
def test_nothing_changes_before_until_and_something_does_then(backups: list[Backup], terms: Terms, share: int) -> None:
    decision = decide(backups, terms, NOW)
    assert decision.until > NOW
    end = min(decision.until, NOW + timedelta(days=3000))
    for later in (NOW + (end - NOW) * share / 1000, end - timedelta(microseconds=1)):
        assert _said(decide(backups, terms, later)) == _said(decision)
    if decision.until != NEVER:
        assert _said(decide(backups, terms, decision.until)) != _said(decision)


def _said(decision: Decision) -> tuple[object, ...]:
    return decision.kept, decision.dropped


@given(any_backups(), all_terms())
def test_every_reason_has_words(backups: list[Backup], terms: Terms) -> None:
    decision = decide(backups, terms, NOW, held={one.id: "lawsuit" for one in backups[:2]})
    for text in (*(one.text for one in decision.kept), *(one.text for one in decision.dropped)):
        assert text
        assert "{" not in text
        assert "()" not in text
    ruled = {reason.code for kept in decision.kept for reason in kept.reasons}
    assert ruled <= {*Code}
