"""How a journal begins: new, brought back from a repository's backup of it, or anew after a loss."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.engines.protocol import OpenRepository
from reconciler.errors import ReconcilerError
from reconciler.execution.opening import open_repository
from reconciler.obligations.builtin import state_asset
from reconciler.observed.entries import JournalStarted
from reconciler.observed.listing import Snapshot
from reconciler.operations.desk import Desk
from reconciler.operations.observing import repositories_of
from reconciler.operations.places import EXPORT_NAME, export_folder, in_force
from reconciler.policy.resolved import ResolvedPolicy

NOTHING_FOUND = "the journal is lost and no repository holds a backup of it: backups go on, nothing is deleted"


def begin_journal(desk: Desk, candidate_of: Callable[[], ResolvedPolicy | None]) -> str:
    """Called by the leader before anything else. An empty journal beside repositories that hold this policy's
    backups is brought back from the newest backup of it; gives what a person should hear, or nothing.

    The candidate is the head of the policy source: nobody has approved it here, so it only says where to look.
    """
    how = desk.catalog.beginning()
    if how is None:
        return ""
    candidate = candidate_of()
    found = _newest_saved(desk, candidate) if candidate else None
    if found:
        repository, snapshot = found
        held = _bring_back(desk, repository, snapshot)
        taken = f"{snapshot.time:%Y-%m-%d %H:%M} UTC"
        return f"the journal was missing and was brought back from {repository.name}: {held} entries, as of {taken}"
    desk.catalog.record([JournalStarted(how=how)], desk.clock.now())
    return NOTHING_FOUND if how == "lost" else ""


def notice_loss(desk: Desk, policy: ResolvedPolicy) -> str:
    """After the first look: backups that bear attempts which no journal knows show that there was another one."""
    if desk.catalog.journal_lost or not _is_young(desk) or not desk.catalog.unjournalled(policy):
        return ""
    desk.catalog.record([JournalStarted(how="lost")], desk.clock.now())
    return NOTHING_FOUND


def _is_young(desk: Desk) -> bool:
    """No attempt of this journal has ended yet: nothing was done here."""
    return not desk.catalog.has_attempts()


def _newest_saved(desk: Desk, candidate: ResolvedPolicy) -> tuple[OpenRepository, Snapshot] | None:
    policy = in_force(desk, candidate)
    tag = f"asset={policy.identity(state_asset(policy, desk.settings.host))}"
    found: list[tuple[OpenRepository, Snapshot]] = []
    for name in repositories_of(policy, desk.settings.host):
        try:
            opened = open_repository(name, policy.repositories[name], desk.environment)
            found += [(opened, one) for one in desk.engine.snapshots(opened) if tag in one.tags]
        except ReconcilerError:
            continue  # the look that follows says what is wrong with it
    now = desk.clock.now()
    return max((pair for pair in found if pair[1].time <= now), key=lambda pair: pair[1].time, default=None)


def _bring_back(desk: Desk, repository: OpenRepository, snapshot: Snapshot) -> int:
    """Raises CatalogError when what was saved is no sound journal."""
    with TemporaryDirectory(prefix="journal-", dir=desk.state) as scratch:
        saved = Path(scratch) / EXPORT_NAME
        inside = next(iter(snapshot.paths), str(export_folder(desk)))
        desk.engine.dump(repository, snapshot.id, f"{inside}/{EXPORT_NAME}", saved)
        return desk.catalog.bring_back_journal(saved, desk.clock.now())
