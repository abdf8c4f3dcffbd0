"""An approval covers what was shown and its parts, each line once, and only what was shown lately."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import ApprovalUnknown, ExitCode, UsageError
from reconciler.policy.approval import (
    Approval,
    Offer,
    approve,
    checksum,
    covers,
    deletion_line,
    is_outdated,
    remaining,
    rewind_line,
    short,
)

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
LINES = ("asset/wiki.rpo 1h 2h", "nas " + "a" * 64, "nas " + "b" * 64)
line_sets = st.frozensets(st.sampled_from([f"nas {n}" for n in range(6)]), min_size=1)


def offer(lines: Iterable[str], subject: str, now: datetime) -> Offer:
    return Offer(checksum(lines), tuple(sorted(lines)), subject, now)


def shown(lines: tuple[str, ...] = LINES, at: datetime = NOW) -> Approval:
    return approve([offer(lines, "asset/wiki", at)], checksum(lines), "agreed in review", "ana", at, {})


def test_the_checksum_is_sha_256_over_the_sorted_lines() -> None:
    assert checksum(LINES) == sha256("".join(f"{line}\n" for line in sorted(LINES)).encode()).hexdigest()
    assert checksum(reversed(LINES)) == checksum([*LINES, LINES[0]])
    assert len(short(checksum(LINES))) == 12


@given(line_sets, line_sets)
def test_different_lines_have_different_checksums(one: frozenset[str], other: frozenset[str]) -> None:
    assert (checksum(one) == checksum(other)) == (one == other)


def test_lines_say_what_they_are_about() -> None:
    assert deletion_line("nas", "ab12") == "nas ab12"
    assert rewind_line("f" * 40, "0" * 40) == f"policy rewind {'f' * 40} {'0' * 40}"


def test_any_long_enough_beginning_of_a_shown_checksum_approves_it() -> None:
    offers = [offer(LINES, "asset/wiki", NOW), offer(["nas x"], "asset/shop", NOW)]
    for length in (8, 12, 64):
        found = approve(offers, checksum(LINES)[:length].upper(), " agreed ", "ana", NOW, {})
        assert (found.checksum, found.lines) == (checksum(LINES), tuple(sorted(LINES)))
        assert (found.reason, found.by, found.at) == ("agreed", "ana", NOW)


def test_nothing_is_approved_that_was_not_shown_in_the_last_seven_days() -> None:
    offers = [offer(LINES, "asset/wiki", NOW)]
    assert approve(offers, checksum(LINES), "late", "ana", NOW + timedelta(days=7), {}).lines
    with pytest.raises(ApprovalUnknown, match="last 7 days") as late:
        approve(offers, checksum(LINES), "late", "ana", NOW + timedelta(days=7, seconds=1), {})
    assert late.value.exit_code == ExitCode.BLOCKED
    with pytest.raises(ApprovalUnknown, match="reconciler plan"):
        approve(offers, "0" * 64, "guess", "ana", NOW, {})


@pytest.mark.parametrize("words", ["0" * 64, "asset/wiki", "a" * 5000, "x\ny" * 5000])
def test_a_mistyped_checksum_is_told_what_was_shown_lately(words: str) -> None:
    late = NOW - timedelta(days=8)
    names = ("a", "b", "c", "d")
    offers = [offer([name], f"asset/{name}", NOW + timedelta(hours=n)) for n, name in enumerate(names)]
    told = f"; shown lately: {', '.join(f'{checksum([n])[:12]} for asset/{n}' for n in ('d', 'c', 'b'))}"
    with pytest.raises((ApprovalUnknown, UsageError)) as refused:
        approve([*offers, offer(LINES, "asset/old", late)], words, "why", "ana", NOW + timedelta(hours=4), {})
    assert refused.value.remedy.endswith(told)
    assert len(refused.value.what) < 150
    with pytest.raises((ApprovalUnknown, UsageError)) as nothing:
        approve([], words, "why", "ana", NOW, {})
    assert "shown lately" not in nothing.value.remedy


def test_shown_again_is_shown_for_another_seven_days() -> None:
    later = NOW + timedelta(days=6)
    offers = [offer(LINES, "asset/wiki", NOW), offer(LINES, "asset/wiki", later)]
    assert approve(offers, checksum(LINES)[:8], "ok", "ana", later + timedelta(days=5), {}).lines


def test_an_ambiguous_beginning_approves_nothing() -> None:
    real = offer(LINES, "x", NOW)
    # Nobody finds two checksums that begin alike, so one is made up.
    alike = [real, replace(real, checksum=real.checksum[:20] + "0" * 44)]
    with pytest.raises(ApprovalUnknown, match="beginning of 2"):
        approve(alike, real.checksum[:10], "both?", "ana", NOW, {})
    assert approve(alike, real.checksum[:30], "this one", "ana", NOW, {}).checksum == real.checksum


@pytest.mark.parametrize("prefix", ["", "1234567", "zzzzzzzzz", "--all"])
def test_a_word_that_is_no_checksum_is_wrong_usage(prefix: str) -> None:
    with pytest.raises(UsageError):
        approve([offer(LINES, "x", NOW)], prefix, "why", "ana", NOW, {})


def test_a_reason_is_needed() -> None:
    with pytest.raises(UsageError, match="reason"):
        approve([offer(LINES, "x", NOW)], checksum(LINES), "  ", "ana", NOW, {})


def test_stored_lines_that_do_not_match_their_checksum_are_not_believed() -> None:
    forged = replace(offer(LINES, "x", NOW), lines=("everything",))
    with pytest.raises(ApprovalUnknown, match="not those that were shown"):
        approve([forged], checksum(LINES), "why", "ana", NOW, {})


def held(approvals: Iterable[Approval], consumed: dict[str, datetime]) -> list[frozenset[str]]:
    return [remaining(approval.lines, approval.at, consumed) for approval in approvals]


def test_each_line_is_used_once() -> None:
    approval = shown()
    assert covers(held([approval], {}), frozenset(LINES))
    used = {LINES[1]: NOW + timedelta(minutes=1)}
    left = held([approval], used)
    assert left == [{LINES[0], LINES[2]}]
    assert not covers(left, frozenset(LINES))
    assert not covers(left, frozenset(LINES[1:2]))
    assert covers(left, frozenset({LINES[0], LINES[2]}))


def test_a_second_approval_of_the_same_lines_counts_again() -> None:
    used = dict.fromkeys(LINES, NOW + timedelta(minutes=1))
    again = shown(at=NOW + timedelta(days=1))
    assert again.checksum == shown().checksum
    assert not covers(held([shown()], used), frozenset(LINES))
    assert covers(held([shown(), again], used), frozenset(LINES))


def test_a_line_approved_anew_revives_no_older_approval_of_more() -> None:
    used = dict.fromkeys(LINES, NOW + timedelta(minutes=1))
    later = NOW + timedelta(days=1)
    approvals = [shown(), *(shown((line,), later) for line in LINES)]
    assert covers(held(approvals, used), frozenset(LINES[:1]))
    assert not covers(held(approvals, used), frozenset(LINES))


def test_two_approvals_never_add_up() -> None:
    halves = held([shown(LINES[:1]), shown(LINES[1:])], {})
    assert not covers(halves, frozenset(LINES))
    assert covers(halves, frozenset(LINES[1:]))


def test_nothing_is_never_covered() -> None:
    assert not covers(held([shown()], {}), frozenset())


def test_what_has_happened_cannot_be_approved_again_until_it_is_shown_again() -> None:
    used = dict.fromkeys(LINES, NOW + timedelta(minutes=1))
    with pytest.raises(ApprovalUnknown, match="approved before and has happened since"):
        approve([offer(LINES, "asset/wiki", NOW)], checksum(LINES), "again", "ana", NOW + timedelta(hours=1), used)
    anew = NOW + timedelta(hours=2)
    assert approve([offer(LINES, "asset/wiki", anew)], checksum(LINES), "again", "ana", anew, used).at == anew
    assert not is_outdated(LINES, anew, used)
    assert is_outdated(LINES, NOW, dict.fromkeys(LINES[1:], anew))


@given(line_sets, line_sets, line_sets)
def test_an_approval_covers_its_unused_subsets_and_nothing_else(
    approved: frozenset[str], used: frozenset[str], wanted: frozenset[str]
) -> None:
    approval = shown(tuple(approved))
    consumed = dict.fromkeys(used, NOW)
    assert covers(held([approval], consumed), wanted) == (wanted <= approved - used)
