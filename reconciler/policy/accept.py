"""Guard 7: whether a revision of the policy source may be looked at, or the enforced policy just stays."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.policy.approval import Approved, rewind_line


class SourceCode(StrEnum):
    """Why a revision was taken or refused; stable, alerts deduplicate by it."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    BOOTSTRAP = "bootstrap"
    UNREADABLE = "policy-unreadable"
    UNSIGNED = "policy-unsigned"
    UNTRUSTED = "policy-untrusted"
    REWOUND = "policy-rewound"
    EMPTY = "policy-empty"
    INVALID = "policy-invalid"


@dataclass(frozen=True, slots=True)
class RevisionFacts:
    """What is known of the head. ``revision`` is None when the source could not be read at all.

    ``errors`` counts what makes it invalid, ``first_error`` is one of them. ``documents`` is how many there
    are. ``descends`` says whether the applied revision is an ancestor of this one, None when nothing has
    been applied or it could not be told. ``signed`` is None when no signature is asked for.
    """

    revision: str | None
    readable: bool = True
    why_unreadable: str = ""
    documents: int = 0
    errors: int = 0
    first_error: str = ""
    descends: bool | None = None
    signed: bool | None = None


@dataclass(frozen=True, slots=True)
class SourceVerdict:
    """Whether the head is taken, why, and for a rewind the line whose approval lifts it."""

    accepted: bool
    code: SourceCode
    sentence: str
    lift: str | None = None


def judge_revision(
    head: RevisionFacts, applied: str | None, approved: Approved, trusted: str | None = None
) -> SourceVerdict:
    """A head that cannot be read, is unsigned, rewound, empty or invalid changes nothing.

    ``applied`` is the revision enforced last (None: none yet), ``trusted`` the host's ``trust.revision``,
    which alone is accepted as the first one when it is set.
    """
    if head.revision is None or not head.readable:
        why = head.why_unreadable or "it does not answer"
        return _refused(SourceCode.UNREADABLE, f"the policy source cannot be read: {why}", applied)
    if head.signed is False:
        what = f"revision {_short(head.revision)} is not signed by anybody who may"
        return _refused(SourceCode.UNSIGNED, what, applied)
    if applied is None and trusted is not None and head.revision != trusted:
        what = f"trust.revision names {_short(trusted)} as the first revision, and the head is another"
        return _refused(SourceCode.UNTRUSTED, f"{what} ({_short(head.revision)})", applied)
    if applied is not None and head.revision != applied and not head.descends:
        return _rewound(head, head.revision, applied, approved)
    return _content(head, head.revision, applied)


def _rewound(head: RevisionFacts, revision: str, applied: str, approved: Approved) -> SourceVerdict:
    line = rewind_line(applied, revision)
    if approved(frozenset({line})):
        return _content(head, revision, applied)
    what = (
        f"the policy source was rewound: the applied revision {_short(applied)} is no ancestor of the "
        f"head {_short(revision)}; approve it, or push the missing commits again"
    )
    return SourceVerdict(False, SourceCode.REWOUND, f"{what}; {_stays(applied)}", lift=line)


def _content(head: RevisionFacts, revision: str, applied: str | None) -> SourceVerdict:
    if head.documents == 0:
        return _refused(SourceCode.EMPTY, f"revision {_short(revision)} holds no policy at all", applied)
    if head.errors:
        count = "an error" if head.errors == 1 else f"{head.errors} errors"
        first = f", first {head.first_error}" if head.first_error else ""
        return _refused(SourceCode.INVALID, f"revision {_short(revision)} has {count}{first}", applied)
    if applied is None:
        what = f"revision {_short(revision)} is the first one seen here and is accepted once, as it is"
        return SourceVerdict(True, SourceCode.BOOTSTRAP, what)
    if revision == applied:
        return SourceVerdict(True, SourceCode.UNCHANGED, f"revision {_short(revision)} is applied")
    return SourceVerdict(True, SourceCode.ACCEPTED, f"revision {_short(revision)} follows the applied one")


def _refused(code: SourceCode, what: str, applied: str | None) -> SourceVerdict:
    return SourceVerdict(False, code, f"{what}; {_stays(applied)}")


def _stays(applied: str | None) -> str:
    return f"{_short(applied)} stays enforced" if applied else "nothing is enforced yet"


def _short(revision: str) -> str:
    return revision[:12]
