"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """An error stops backups or loses data; a warning will one day."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and the command that mends it."""

    check: str
    level: Level
    what: str
    remedy: str = ""


def ok(check: str, what: str) -> Finding:
    """All is well."""
    return Finding(check, Level.OK, what)


def warning(check: str, what: str, remedy: str) -> Finding:
    """Backups go on, for now."""
    return Finding(check, Level.WARNING, what, remedy)


def error(check: str, what: str, remedy: str) -> Finding:
    """Something does not work, or must not go on."""
    return Finding(check, Level.ERROR, what, remedy)
