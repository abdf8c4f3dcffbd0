"""The journal for people: newest last."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from reconciler.catalog.values import Filter
from reconciler.operations.desk import open_desk
from reconciler.settings import HostSettings
from reconciler.views.events import Event, events_list
from reconciler.views.lists import Listing
from reconciler.views.sentences import Reader


def events_of(settings: HostSettings, asset: str | None, repository: str | None, limit: int) -> Listing:
    """The newest ``limit`` entries, oldest of them first."""
    with open_desk(settings, verb="events") as desk:
        wanted = Filter(asset=asset, repository=repository, limit=limit)
        found = [Event(one.seq, one.at, one.entry) for one in desk.catalog.journal.entries(wanted)]
        enforced = desk.catalog.enforced()
        zone = ZoneInfo(enforced[1].settings.time_zone if enforced else "UTC")
        return events_list(reversed(found), Reader(desk.clock.now(), zone))
