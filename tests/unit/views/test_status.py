"""The lines above a status and a plan: which revision is in force, why not the newest, what the host suspended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.observed.attempts import Verb
from reconciler.observed.entries import Suspended
from reconciler.observed.facts import PendingFacts, PolicyFacts, UnreadFacts
from reconciler.views.sentences import Reader
from reconciler.views.status import headline, policy_lines, revision_line, suspension_lines
from tests.unit.obligations.policies import DAY, NOW

APPLIED = PolicyFacts(head="a" * 40, applied="a" * 40)


def pending(block: str) -> PendingFacts:
    return PendingFacts(block, "c" * 64, (), "it lowers protection")


def unread(*paths: str) -> tuple[UnreadFacts, ...]:
    return tuple(UnreadFacts(path, "a symlink") for path in paths)


@pytest.mark.parametrize(
    ("policy", "line"),
    [
        (PolicyFacts(), "No policy is enforced yet."),
        (PolicyFacts(problem="the source is empty"), "No policy is enforced yet: the source is empty."),
        (APPLIED, "Revision aaaaaaaaaaaa is enforced."),
        (replace(APPLIED, head="b" * 40), "Revision aaaaaaaaaaaa is enforced, the head is bbbbbbbbbbbb."),
        (replace(APPLIED, head=None), "Revision aaaaaaaaaaaa is enforced."),
        (replace(APPLIED, problem="it is rewound"), "Revision aaaaaaaaaaaa is enforced: it is rewound."),
        (
            replace(APPLIED, pending=(pending("asset/wiki"), pending("asset/etc"))),
            "Revision aaaaaaaaaaaa is enforced; waits for approval: asset/wiki, asset/etc.",
        ),
        (replace(APPLIED, unread=unread("a.yaml")), "Revision aaaaaaaaaaaa is enforced; not read: a.yaml (a symlink)."),
        (
            replace(APPLIED, unread=unread("a", "b", "c")),
            "Revision aaaaaaaaaaaa is enforced; not read: a (a symlink) and 2 more.",
        ),
    ],
)
def test_the_revision_in_force_is_told_with_what_keeps_the_head_from_it(policy: PolicyFacts, line: str) -> None:
    assert revision_line(policy) == line
    assert headline((), policy) == f"Promises: none. {line}"


def test_a_plan_says_what_of_the_newest_policy_it_does_not_show() -> None:
    assert policy_lines(APPLIED) == ()
    names = unread(*(f"{number}.yaml" for number in range(30)))
    lines = policy_lines(replace(APPLIED, problem="it is unsigned", unread=names))
    assert lines[:2] == ("The newest policy is not enforced: it is unsigned", "Not read: 0.yaml (a symlink)")
    named = len(lines) - 2
    assert lines[-1] == f"Not read: {len(names) - named} more, see: reconciler validate"
    assert len(policy_lines(replace(APPLIED, unread=names[:named]))) == named


@pytest.mark.parametrize(
    ("about", "named"),
    [({"asset": "wiki"}, "wiki"), ({"repository": "nas"}, "nas"), ({}, "everything")],
)
def test_a_suspension_of_the_host_says_what_it_stops_and_that_no_policy_knows_it(
    about: dict[str, str], named: str
) -> None:
    given = {"name": "one", "verbs": (Verb.BACKUP, Verb.FORGET), "expires": NOW + DAY, "by": "root", "reason": "move"}
    [line] = suspension_lines([Suspended(**(given | about))], Reader(NOW))
    assert line.startswith(f"Suspended, not in policy: backup, forget of {named} until ")
    assert line.endswith(" by root: move")
