"""Every check, each fenced: a broken thing is a finding, never a traceback."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reconciler.errors import ReconcilerError
from reconciler.operations.desk import open_desk
from reconciler.operations.doctoring.finding import Finding, error
from reconciler.operations.doctoring.host import host_findings
from reconciler.operations.doctoring.stand import stand_findings
from reconciler.settings import HostSettings


def every_finding(settings: HostSettings, *, offline: bool) -> tuple[Finding, ...]:
    """What all checks found."""

    def stand() -> Iterator[Finding]:
        with open_desk(settings, verb="doctor") as desk:
            yield from stand_findings(desk, offline=offline)

    return (*_fenced("host", lambda: host_findings(settings)), *_fenced("catalog", stand))


def _fenced(check: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except ReconcilerError as found:
        yield error(found.subject or check, found.what, found.remedy)
    except OSError as found:
        yield error(check, f"{found.filename or check}: {found.strerror}", "look at its permissions")
