"""Everything about one asset or repository, as text."""

from __future__ import annotations

from reconciler.errors import UsageError
from reconciler.operations.desk import open_desk
from reconciler.operations.known import known_asset, known_repository, shown
from reconciler.operations.looking import footing_of, planned_of
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.settings import HostSettings
from reconciler.views.describe import Subject, asset_text, repository_text


def describe(settings: HostSettings, thing: str) -> str:
    """``thing`` is ``asset/NAME`` or ``repository/NAME``. Raises UsageError for anything else."""
    kind, _, name = thing.partition("/")
    with open_desk(settings, verb="describe") as desk:
        footing = footing_of(desk)
        policy, reader = footing.policy, footing.reader
        if kind not in ("asset", "repository") or not name:
            raise UsageError(f"not a thing to describe: {shown(thing)}", remedy=f"write {_spelling(policy, thing)}")
        asset, repository = (name, None) if kind == "asset" else (None, name)
        known_asset(policy, asset)
        known_repository(policy, repository)
        plan = planned_of(desk, footing)
        attempts = desk.catalog.attempts(asset=asset, repository=repository, limit=5)
        if asset:
            seen = desk.catalog.facts(policy, reader.now, (asset,))
            return asset_text(Subject(policy, seen, plan, reader, attempts), asset)
        seen = desk.catalog.facts(policy, reader.now, (), repositories=(name,))
        return repository_text(Subject(policy, seen, plan, reader, attempts), name)


def _spelling(policy: ResolvedPolicy, thing: str) -> str:
    """What was meant, when a name stands there alone."""
    kinds = (("asset", policy.assets), ("repository", policy.repositories))
    found = [f"{kind}/{thing}" for kind, known in kinds if thing in known]
    return " or ".join(found) or "asset/NAME or repository/NAME"
