"""The journal for people: newest last."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from reconciler.catalog.values import Filter
from reconciler.operations.desk import open_desk
from reconciler.operations.known import known_asset, known_repository
from reconciler.operations.places import in_force
from reconciler.settings import HostSettings
from reconciler.views.events import Event, events_list
from reconciler.views.lists import Listing
from reconciler.views.sentences import Reader


def events_of(settings: HostSettings, asset: str | None, repository: str | None, limit: int) -> Listing:
    """The newest ``limit`` entries, oldest of them first; what left the policy is still found by its name.

    Raises UsageError for an asset or repository that neither the policy nor the journal knows.
    """
    with open_desk(settings, verb="events") as desk:
        wanted = Filter(asset=asset, repository=repository, limit=limit)
        found = [Event(one.seq, one.at, one.entry) for one in desk.catalog.journal.entries(wanted)]
        enforced = desk.catalog.enforced()
        if enforced and not found:
            policy = in_force(desk, enforced[1])
            known_asset(policy, asset)
            known_repository(policy, repository)
        zone = ZoneInfo(enforced[1].settings.time_zone if enforced else "UTC")
        return events_list(reversed(found), Reader(desk.clock.now(), zone))
