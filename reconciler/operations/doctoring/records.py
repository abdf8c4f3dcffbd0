"""The journal and the catalog, and what was left open in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reconciler.kit.lanes import leader
from reconciler.operations.desk import Desk
from reconciler.operations.doctoring.finding import Finding, error, ok, warning
from reconciler.operations.doctoring.scene import Scene
from reconciler.views.plurals import counted


def notice_findings(desk: Desk) -> Iterator[Finding]:
    """What opening the catalog found."""
    for notice in desk.catalog.notices:
        yield warning("catalog", notice.what, notice.remedy)


def journal_findings(scene: Scene) -> Iterator[Finding]:
    """Whether it is the journal that has been here all the time."""
    catalog = scene.desk.catalog
    if catalog.journal_lost:
        remedy = (
            "bring back journal.db from the newest backup of reconciler-state and put it into the state folder; "
            "if there is none, vouch for the repositories with trust: in the settings"
        )
        yield error("journal", "it is lost: backups go on, nothing is deleted", remedy)
        return
    unknown = catalog.unjournalled(scene.policy) if scene.policy else 0
    if unknown:
        what = f"{counted(unknown, 'backup')} made by attempts that it does not know: kept, and counted for nothing"
        remedy = "restore and compare the newest, or take them over in the policy: adopt: {host: …, count: true}"
        yield warning("journal", what, remedy)
    else:
        yield ok("journal", "sound, and it knows every backup")


def loop_findings(desk: Desk) -> Iterator[Finding]:
    """Who leads here, and attempts whose process died."""
    holder = leader(desk.state) or leader(Path(desk.settings.catalog_folder))
    yield ok("loop", f"led by {holder}" if holder else "none runs here just now: reconciler run, or the systemd unit")
    left = [found for found in desk.catalog.open_attempts() if not desk.trails.lives(found.entry.attempt)]
    if left:
        what = f"{counted(len(left), 'attempt')} never ended, its process died"
        yield warning("loop", what, "the next pass settles that: reconciler reconcile")
