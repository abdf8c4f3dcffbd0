"""The verdict that a backup gets once, at birth: complete or degraded, and whether it is suspicious; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.observed.backup import Verdict
from reconciler.units.sizes import format_share, show_size

DEFAULT_SHRINK = 0.5
"""The share that a backup may lose against its baseline where the policy says nothing."""


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """What the engine said of a backup that exists: ``partial`` when it could not read everything (restic's
    exit 3), files and bytes captured, and the paths that were unreadable as far as it named them."""

    partial: bool
    files: int
    size: int
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectations:
    """Bytes at least, the largest share that may be lost (None: half), and how many unreadable files are known."""

    minimum_size: int = 0
    maximum_shrink: float | None = None
    tolerate_unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Baseline:
    """Files and bytes of the newest backup that counted, against which the next one is held."""

    files: int
    size: int


class Flaw(StrEnum):
    """What can be said against a backup; ``TOLERATED`` is known and leaves it complete."""

    PARTIAL = "partial"
    TOLERATED = "tolerated"
    EMPTY = "empty"
    TOO_SMALL = "too-small"
    SHRUNK = "shrunk"


@dataclass(frozen=True, slots=True)
class Finding:
    """One flaw, and in words what was found."""

    flaw: Flaw
    text: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict; a degraded backup can be suspicious as well."""

    verdict: Verdict
    suspicious: bool
    reasons: tuple[Finding, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether the backup counts without anybody's accepting it."""
        return self.verdict is Verdict.COMPLETE and not self.suspicious


def judge(result: CaptureResult, expect: Expectations, baseline: Baseline | None) -> Judgement:
    """Judge a backup against what its asset expects and what it was before (None: nothing counted yet)."""
    unread = _unread(result, expect.tolerate_unreadable)
    doubts = tuple(_doubts(result, expect, baseline))
    degraded = unread is not None and unread.flaw is Flaw.PARTIAL
    verdict = Verdict.DEGRADED if degraded else Verdict.COMPLETE
    return Judgement(verdict, bool(doubts), (*((unread,) if unread else ()), *doubts))


def _unread(result: CaptureResult, tolerated: int) -> Finding | None:
    """What was not read. A partial backup that names no file is degraded, whatever is tolerated."""
    count = len(result.unreadable)
    if not result.partial and not count:
        return None
    named = f"{count} unreadable ({', '.join(result.unreadable[:3])}{', …' if count > 3 else ''})"
    if 0 < count <= tolerated:
        return Finding(Flaw.TOLERATED, f"{named}, {tolerated} tolerated")
    return Finding(Flaw.PARTIAL, named if count else "not everything could be read")


def _doubts(result: CaptureResult, expect: Expectations, baseline: Baseline | None) -> list[Finding]:
    """What makes a backup suspicious; an empty one has no need of further reasons."""
    if result.files <= 0 or result.size <= 0:
        found = "no files" if result.files <= 0 else "not a single byte"
        return [Finding(Flaw.EMPTY, f"empty: it holds {found}")]
    doubts = []
    if result.size < expect.minimum_size:
        text = f"{show_size(result.size)}, at least {show_size(expect.minimum_size)} expected"
        doubts.append(Finding(Flaw.TOO_SMALL, text))
    if baseline is not None:
        allowed = DEFAULT_SHRINK if expect.maximum_shrink is None else expect.maximum_shrink
        sizes = (show_size(baseline.size), show_size(result.size))
        files = (f"{baseline.files} files", str(result.files))
        doubts += _shrunk(baseline.size, result.size, allowed, sizes)
        doubts += _shrunk(baseline.files, result.files, allowed, files)
    return doubts


def _shrunk(before: int, now: int, allowed: float, words: tuple[str, str]) -> list[Finding]:
    if before <= 0 or (before - now) / before <= allowed:
        return []
    lost = format_share((before - now) / before)
    text = f"shrank by {lost} from {words[0]} to {words[1]}, at most {format_share(allowed)} expected"
    return [Finding(Flaw.SHRUNK, text)]
