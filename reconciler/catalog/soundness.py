"""When a database file is looked through page by page: a large one, which takes a while, once a day and after doubt."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from reconciler.kit.fsio import write_atomically

AT_ONCE = 64 * 1024 * 1024
"""So many bytes are looked through in well under a second: a file up to this size is checked at each opening."""
EVERY = timedelta(days=1)


def check_is_due(file: Path, now: datetime) -> bool:
    """Whether to look at every page of the file now. A note from the future, or one that is none, says nothing."""
    if file.stat().st_size <= AT_ONCE:
        return True
    try:
        noted = datetime.fromisoformat(_note(file).read_text())
        return not noted <= now < noted + EVERY
    except (OSError, ValueError, TypeError):
        return True


def note_sound(file: Path, now: datetime) -> None:
    """Every page was looked at and is sound."""
    if file.stat().st_size > AT_ONCE:
        write_atomically(_note(file), now.isoformat(), mode=0o600)


def doubt(file: Path) -> None:
    """Damage was met: the next opening looks at every page."""
    with suppress(OSError):
        _note(file).unlink(missing_ok=True)


def _note(file: Path) -> Path:
    return file.with_name(f"{file.name}.sound")
