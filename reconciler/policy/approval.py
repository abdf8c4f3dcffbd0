"""Approvals: a checksum over what was shown, one yes to it, and each line of it used once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from reconciler.errors import ApprovalUnknown, UsageError

SHOWN_FOR = timedelta(days=7)
"""A checksum can be approved for so long after it was last shown."""
Approved = Callable[[frozenset[str]], bool]
"""Whether these lines, all together, are approved: ``covers`` with the journal's approvals filled in."""
_SHORT = 12
_SHORTEST = 8
_NAMED = 3
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Offer:
    """What was shown and can be approved: its lines, what it concerns, and when it was last shown."""

    checksum: str
    lines: tuple[str, ...]
    subject: str
    offered_at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody's yes to exactly these lines."""

    checksum: str
    lines: tuple[str, ...]
    reason: str
    by: str
    at: datetime


def deletion_line(repository: str, backup: str) -> str:
    """The line of one backup that is let go: the repository and the engine's full id."""
    return f"{repository} {backup}"


def rewind_line(applied: str, head: str) -> str:
    """The line that lets the policy source go back, or sideways, from one revision to another."""
    return f"policy rewind {applied} {head}"


def checksum(lines: Iterable[str]) -> str:
    """SHA-256 (hex) over the sorted lines, each once and ended by a newline."""
    return sha256("".join(f"{line}\n" for line in sorted(set(lines))).encode()).hexdigest()


def short(checksum: str) -> str:
    """The checksum as it is shown."""
    return checksum[:_SHORT]


def approve(
    offers: Iterable[Offer], prefix: str, reason: str, by: str, now: datetime, consumed: Mapping[str, datetime]
) -> Approval:
    """The approval of what was shown under that checksum (or an unambiguous beginning of it).

    ``consumed``: line → when it was last used. Raises UsageError when the words are wrong, ApprovalUnknown when
    nothing or more than one thing with it was shown in the last seven days, or some of it has happened since.
    """
    offers, wanted = tuple(offers), prefix.strip().lower()
    if len(wanted) < _SHORTEST or not set(wanted) <= _HEX:
        raise UsageError(
            f"not a checksum: {_said(prefix)}",
            remedy=f"give at least {_SHORTEST} of its hexadecimal digits{_shown_lately(offers, now)}",
        )
    if not reason.strip():
        raise UsageError("an approval needs a reason", remedy="add --reason, it is kept in the journal")
    found = {o.checksum: o for o in offers if o.checksum.startswith(wanted) and _is_fresh(o, now)}
    if not found:
        raise ApprovalUnknown(
            f"nothing with the checksum {wanted[:64]} was shown in the last {SHOWN_FOR.days} days",
            remedy=f"run 'reconciler plan' and approve a checksum that it shows{_shown_lately(offers, now)}",
        )
    if len(found) > 1:
        raise ApprovalUnknown(
            f"{wanted} is the beginning of {len(found)} checksums: {', '.join(sorted(map(short, found)))}",
            remedy="give more of its digits",
        )
    (chosen,) = found.values()
    # What was stored is believed only as far as its checksum goes.
    if checksum(chosen.lines) != chosen.checksum:
        raise ApprovalUnknown(
            f"the lines kept for {wanted} are not those that were shown",
            remedy="run 'reconciler plan' and approve what it shows now",
        )
    if is_outdated(chosen.lines, chosen.offered_at, consumed):
        raise ApprovalUnknown(
            f"what {short(chosen.checksum)} allows for {chosen.subject} was approved before and has happened since",
            remedy="run 'reconciler plan' and approve what still waits, if anything does",
        )
    return Approval(chosen.checksum, chosen.lines, reason.strip(), by, now)


def _said(words: str) -> str:
    """What was typed, no longer than a line has room for; a checksum is 64 digits."""
    return repr(words) if len(words) <= 64 else f"{words[:64]!r}…"


def _shown_lately(offers: Iterable[Offer], now: datetime) -> str:
    """The newest of what can be approved, for somebody who mistyped it."""
    fresh = sorted((o for o in offers if _is_fresh(o, now)), key=lambda shown: shown.offered_at, reverse=True)
    known = list(dict.fromkeys(f"{short(shown.checksum)} for {shown.subject}" for shown in fresh))[:_NAMED]
    return f"; shown lately: {', '.join(known)}" if known else ""


def _is_fresh(shown: Offer, now: datetime) -> bool:
    return now - shown.offered_at <= SHOWN_FOR


def is_outdated(lines: Iterable[str], offered_at: datetime, consumed: Mapping[str, datetime]) -> bool:
    """Whether a line was used after it was shown: another yes to it would lie in wait for a later change."""
    return any(line in consumed and consumed[line] >= offered_at for line in lines)


def remaining(lines: Iterable[str], at: datetime, consumed: Mapping[str, datetime]) -> frozenset[str]:
    """The lines approved at that time that are not used up. ``consumed``: line → when it was last used."""
    return frozenset(line for line in lines if line not in consumed or consumed[line] < at)


def covers(approvals: Iterable[frozenset[str]], lines: frozenset[str]) -> bool:
    """Whether one approval alone still holds all these lines (``approvals``: what ``remaining`` left of each).

    Two approvals never add up: each was a yes to what was shown together. No lines are never covered.
    """
    return bool(lines) and any(lines <= approval for approval in approvals)
