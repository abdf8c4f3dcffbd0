"""Everything about one asset or repository, as text."""

from __future__ import annotations

from reconciler.errors import UsageError
from reconciler.operations.desk import open_desk
from reconciler.operations.looking import policy_or_refuse, stand_of
from reconciler.settings import HostSettings
from reconciler.views.describe import Subject, asset_text, repository_text


def describe(settings: HostSettings, thing: str) -> str:
    """``thing`` is ``asset/NAME`` or ``repository/NAME``. Raises UsageError for anything else."""
    kind, _, name = thing.partition("/")
    with open_desk(settings, verb="describe") as desk:
        stand = stand_of(desk)
        policy = policy_or_refuse(stand)
        if kind not in ("asset", "repository") or not name:
            raise UsageError(f"not a thing to describe: {thing!r}", remedy="write asset/NAME or repository/NAME")
        known = policy.assets if kind == "asset" else policy.repositories
        if name not in known or stand.plan is None:
            raise UsageError(f"there is no {kind} {name!r}", remedy=f"known: {', '.join(known)}")
        attempts = desk.catalog.attempts(
            asset=name if kind == "asset" else None, repository=name if kind == "repository" else None, limit=5
        )
        subject = Subject(policy, stand.observed, stand.plan, stand.reader, attempts)
        return asset_text(subject, name) if kind == "asset" else repository_text(subject, name)
