"""The report of a backup: from its summary when somebody saw it end, else from its trail and the listing."""

from __future__ import annotations

from datetime import timedelta

from reconciler.engines.protocol import BackupReport, silent
from reconciler.engines.restic import errors, parse
from reconciler.engines.restic.follow import Following
from reconciler.kit.trails import Said
from reconciler.observed.backup import Backup

PARTIAL = 3
"""restic's exit code when some files were unreadable; the backup exists."""

# None: it was killed, or ended well. restic saves the snapshot last, and names each unreadable file before that.
_SAVED = (None, PARTIAL, 130)


def report(summary: parse.BackupSummary, following: Following, duration: timedelta, *, partial: bool) -> BackupReport:
    """What the engine said of a backup that exists."""
    return BackupReport(
        id=summary.id,
        partial=partial,
        files=summary.files,
        size=summary.size,
        added=summary.added,
        duration=duration,
        unreadable=following.unreadable,
    )


def told(said: Said, listed: Backup) -> BackupReport | None:
    """The report of a backup that is listed and that nobody saw end; None when its words do not bear it out."""
    announced = next((code for line in said.stderr if (code := errors.announced_code(line)) is not None), None)
    if announced not in _SAVED or listed.files is None or listed.size is None:
        return None
    following = Following(silent)
    for line in said.stderr:
        following.on_line("stderr", line.encode())
    summary = parse.summary(said.stdout)
    partial = announced == PARTIAL or bool(following.unreadable)
    if summary is not None:
        same = (summary.id, summary.files, summary.size) == (listed.id, listed.files, listed.size)
        return report(summary, following, timedelta(0), partial=partial) if same else None
    return BackupReport(
        id=listed.id,
        partial=partial,
        files=listed.files,
        size=listed.size,
        added=None,
        duration=timedelta(0),
        unreadable=following.unreadable,
    )
