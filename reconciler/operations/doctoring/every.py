"""Every check, each fenced: a broken thing is a finding, never a traceback, and hides none of the others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import ReconcilerError
from reconciler.operations.desk import Desk, open_desk
from reconciler.operations.doctoring import alerts, folders, policy, records, repositories, timing, tools
from reconciler.operations.doctoring.finding import Finding, error
from reconciler.operations.doctoring.scene import scene_of
from reconciler.settings import HostSettings

Check = tuple[str, Callable[[], Iterable[Finding]]]


@dataclass(frozen=True, slots=True)
class Patient:
    """The host's settings and the file they stand in; or why there are none."""

    settings: HostSettings | None
    file: Path | None = None
    trouble: ReconcilerError | None = None


def every_finding(patient: Patient, *, offline: bool) -> Iterator[Finding]:
    """What all checks found, as they find it."""
    settings = patient.settings
    yield from fenced(("restic", lambda: tools.restic_findings(Path(settings.restic) if settings else None)))
    yield from fenced(("git", tools.git_findings))
    if settings is None:
        if patient.trouble:
            yield _told("settings", patient.trouble)
        return
    yield from fenced(
        ("settings", lambda: folders.settings_findings(patient.file, os.environ)),
        ("commands", lambda: tools.command_findings(settings)),
        ("state folder", lambda: folders.state_findings(settings)),
        ("space", lambda: folders.space_findings(settings)),
        ("catalog", lambda: _with_desk(settings, offline)),
    )


def fenced(*checks: Check) -> Iterator[Finding]:
    """Run each check to its end or to its first trouble, which becomes a finding."""
    for name, look in checks:
        try:
            yield from look()
        except ReconcilerError as found:
            yield _told(name, found)
        except OSError as found:
            place = f"{found.filename}: " if found.filename else ""
            yield error(name, f"{place}{found.strerror or found}", "look at its permissions and at the disk")


def _with_desk(settings: HostSettings, offline: bool) -> Iterator[Finding]:
    with open_desk(settings, verb="doctor") as desk:
        yield from _at(desk, offline)


def _at(desk: Desk, offline: bool) -> Iterator[Finding]:
    yield from fenced(("catalog", lambda: records.notice_findings(desk)), ("loop", lambda: records.loop_findings(desk)))
    if not offline:
        yield from fenced(("policy source", lambda: policy.source_findings(desk)))
    scene = scene_of(desk)
    yield from fenced(
        ("policy", lambda: policy.policy_findings(scene)),
        ("ssh", lambda: tools.needed_findings(scene)),
        ("clock", lambda: timing.clock_findings(scene)),
        ("space", lambda: folders.repository_space_findings(scene)),
        ("repositories", lambda: repositories.lane_findings(scene)),
    )
    if not offline:
        yield from fenced(("repositories", lambda: repositories.repository_findings(scene)))
    yield from fenced(
        ("journal", lambda: records.journal_findings(scene)),
        ("passphrases", lambda: repositories.passphrase_findings(scene)),
        ("alerts", lambda: alerts.alert_findings(scene)),
    )


def _told(check: str, found: ReconcilerError) -> Finding:
    return error(found.subject or check, found.what, found.remedy)
