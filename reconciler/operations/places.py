"""Where the state folder keeps what, and the policy in force with the asset that protects it."""

from __future__ import annotations

from pathlib import Path

from reconciler.kit.fsio import private_folder
from reconciler.obligations.builtin import with_builtin
from reconciler.operations.desk import Desk
from reconciler.policy.resolved import ResolvedPolicy

EXPORT_NAME = "journal.db"


def export_folder(desk: Desk) -> Path:
    """What the built-in asset captures."""
    return desk.state / "export"


def export_state(desk: Desk) -> Path:
    """Write a consistent copy of the journal to where the built-in asset is captured from."""
    target = private_folder(export_folder(desk)) / EXPORT_NAME
    desk.catalog.export_journal(target)
    return target


def in_force(desk: Desk, policy: ResolvedPolicy) -> ResolvedPolicy:
    """The enforced policy with the built-in asset of the reconciler's own state; the same for the same."""
    if desk.built is None or desk.built[0] is not policy:
        desk.built = policy, with_builtin(policy, desk.settings.host, str(export_folder(desk)))
    return desk.built[1]
