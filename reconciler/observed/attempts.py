"""Attempts: one try of an action, its outcome, and what follows from a row of failures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Verb(StrEnum):
    """The verbs of actions, as a plan prints them."""

    INITIALISE = "initialise"
    BACKUP = "backup"
    COPY = "copy"
    MARK = "mark"
    FORGET = "forget"
    PRUNE = "prune"
    CHECK = "check"
    RENDER = "render"
    RESTORE = "restore"


class Outcome(StrEnum):
    """How an attempt ended. ``ABANDONED``: its process died before it could say."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. ``started`` and ``ended`` are aware UTC; ``backup`` the id it made; ``code`` the error's code."""

    id: str
    verb: Verb
    repository: str
    asset: str | None
    started: datetime
    slot: datetime | None = None
    request: str | None = None
    ended: datetime | None = None
    outcome: Outcome | None = None
    code: str = ""
    message: str = ""
    retry: bool = True
    backup: str | None = None
    files: int | None = None
    size: int | None = None
    duration: timedelta | None = None


FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)


def pause_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: 1 m, 2 m, 4 m … up to 1 h."""
    if failures <= 0:
        return timedelta(0)
    factor: int = 2 ** min(failures - 1, 10)
    return min(FIRST_PAUSE * factor, LONGEST_PAUSE)
