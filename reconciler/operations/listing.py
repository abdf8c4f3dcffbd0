"""Lists and descriptions of what the policy says and the catalog holds."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.errors import UsageError
from reconciler.operations.desk import open_desk
from reconciler.operations.known import known_asset, known_repository
from reconciler.operations.looking import policy_or_refuse, stand_of
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
        stand = stand_of(desk)
        policy = policy_or_refuse(stand)
        known_asset(policy, wanted.asset)
        known_repository(policy, wanted.repository)
        match wanted.things:
            case "assets":
                return assets_list(policy, stand.observed, stand.reader)
            case "repositories":
                return repositories_list(policy, stand.observed, stand.reader)
            case "backups":
                floor = Floor(settings.floor.minimum_restored, settings.floor.minimum_age)
                only = BackupFilter(wanted.asset, wanted.repository, floor)
                return backups_list(policy, stand.observed, stand.reader, only)
            case "attempts":
                found = desk.catalog.attempts(wanted.asset, wanted.repository, wanted.limit)
                return attempts_list(found, stand.reader, fixed_by(wanted.asset, wanted.repository))
            case _:
                return holds_list(policy)
