"""Lists and descriptions of what the policy says and the catalog holds."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.errors import UsageError
from reconciler.operations.desk import Desk, open_desk
from reconciler.operations.known import known_asset, known_repository
from reconciler.operations.looking import Footing, footing_of
from reconciler.retention.decide import Floor
from reconciler.settings import HostSettings
from reconciler.views.lists import (
    BackupFilter,
    Listing,
    assets_list,
    attempts_list,
    backups_list,
    fixed_by,
    holds_list,
    repositories_list,
)

NARROWED = ("backups", "attempts")
"""What can be listed of one asset or one repository alone."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which things, of which asset and repository, how many at most."""

    things: str
    asset: str | None
    repository: str | None
    limit: int


def list_things(settings: HostSettings, wanted: Wanted) -> Listing:
    """Raises UsageError for an asset or repository that the policy does not name, or that narrows nothing."""
    if wanted.things not in NARROWED and (wanted.asset is not None or wanted.repository is not None):
        given = "--asset" if wanted.asset is not None else "--repository"
        raise UsageError(f"{given} narrows {' and '.join(NARROWED)}, not {wanted.things}", remedy=f"leave out {given}")
    with open_desk(settings, verb="get") as desk:
        footing = footing_of(desk)
        known_asset(footing.policy, wanted.asset)
        known_repository(footing.policy, wanted.repository)
        return _listing(desk, footing, wanted)


def _listing(desk: Desk, footing: Footing, wanted: Wanted) -> Listing:
    policy, reader = footing.policy, footing.reader
    match wanted.things:
        case "assets":
            return assets_list(policy, desk.catalog.facts(policy, reader.now), reader)
        case "repositories":
            return repositories_list(policy, desk.catalog.facts(policy, reader.now), reader)
        case "backups":
            floor = Floor(desk.settings.floor.minimum_restored, desk.settings.floor.minimum_age)
            only = BackupFilter(wanted.asset, wanted.repository, floor)
            of = None if wanted.asset is None else (wanted.asset,)
            return backups_list(policy, desk.catalog.facts(policy, reader.now, of), reader, only)
        case "attempts":
            found = desk.catalog.attempts(wanted.asset, wanted.repository, wanted.limit)
            return attempts_list(found, reader, fixed_by(wanted.asset, wanted.repository))
        case _:
            return holds_list(policy)
