"""Guard 7: a head that cannot be read, is empty, invalid or rewound changes nothing, and says what stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.policy.accept import RevisionFacts, SourceCode, judge_revision

APPLIED, HEAD = "a" * 40, "b" * 40
GOOD = RevisionFacts(HEAD, documents=12, descends=True)


def nothing(lines: frozenset[str]) -> bool:
    return False


def test_a_good_descendant_is_accepted() -> None:
    assert judge_revision(GOOD, APPLIED, nothing).code is SourceCode.ACCEPTED
    same = judge_revision(replace(GOOD, revision=APPLIED, descends=None), APPLIED, nothing)
    assert (same.accepted, same.code) == (True, SourceCode.UNCHANGED)


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (RevisionFacts(None, readable=False, why_unreadable="connection refused"), SourceCode.UNREADABLE),
        (replace(GOOD, readable=False), SourceCode.UNREADABLE),
        (replace(GOOD, documents=0), SourceCode.EMPTY),
        (replace(GOOD, errors=2, first_error="a.yaml:3:1: no such tier"), SourceCode.INVALID),
        (replace(GOOD, descends=False), SourceCode.REWOUND),
        (replace(GOOD, descends=None), SourceCode.REWOUND),
        (replace(GOOD, signed=False), SourceCode.UNSIGNED),
    ],
)
def test_a_bad_head_changes_nothing_and_says_what_stays(head: RevisionFacts, code: SourceCode) -> None:
    verdict = judge_revision(head, APPLIED, nothing)
    assert (verdict.accepted, verdict.code) == (False, code)
    assert "aaaaaaaaaaaa stays enforced" in verdict.sentence
    assert "\n" not in verdict.sentence


def test_an_empty_source_is_refused_even_before_anything_was_enforced() -> None:
    verdict = judge_revision(replace(GOOD, documents=0, descends=None), None, nothing)
    assert (verdict.accepted, verdict.code) == (False, SourceCode.EMPTY)
    assert "nothing is enforced yet" in verdict.sentence


def test_a_rewind_is_lifted_by_its_own_line_and_no_other() -> None:
    rewound = replace(GOOD, descends=False)
    refused = judge_revision(rewound, APPLIED, nothing)
    assert refused.lift == f"policy rewind {APPLIED} {HEAD}"
    assert judge_revision(rewound, APPLIED, lambda lines: lines == {refused.lift}).accepted
    other = replace(rewound, revision="c" * 40)
    assert not judge_revision(other, APPLIED, lambda lines: lines == {refused.lift}).accepted


def test_an_approved_rewind_to_an_empty_or_invalid_policy_still_changes_nothing() -> None:
    for bad in (replace(GOOD, descends=False, documents=0), replace(GOOD, descends=False, errors=1)):
        assert not judge_revision(bad, APPLIED, lambda lines: True).accepted


def test_the_first_revision_is_accepted_once_and_only_the_trusted_one_when_one_is_named() -> None:
    first = replace(GOOD, descends=None)
    assert judge_revision(first, None, nothing).code is SourceCode.BOOTSTRAP
    assert judge_revision(first, None, nothing, trusted=HEAD).code is SourceCode.BOOTSTRAP
    refused = judge_revision(first, None, nothing, trusted="c" * 40)
    assert (refused.accepted, refused.code) == (False, SourceCode.UNTRUSTED)
