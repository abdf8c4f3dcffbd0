"""Small things that a pass remembers for the next one: readings of clocks, rendered pages."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from reconciler.catalog.columns import instant_text
from reconciler.catalog.listings.tables import MEMORY, PAGES
from reconciler.catalog.listings.touched import EVERYTHING, Kind, touch
from reconciler.catalog.prepared import Query
from reconciler.observed.facts import PageFacts

_SETTINGS_KEY = "host-settings"
_RECALL = Query(select(MEMORY.c.value).where(MEMORY.c.key == bindparam("key")), str)


def remember(connection: Connection, key: str, value: str) -> None:
    """Keep a value under a key."""
    connection.execute(delete(MEMORY).where(MEMORY.c.key == key))
    connection.execute(insert(MEMORY), [{"key": key, "value": value}])


def recall(connection: Connection, key: str) -> str | None:
    """The value kept under a key."""
    return _RECALL.first(connection, key=key)


def settings_changed_at(connection: Connection) -> datetime | None:
    """When the host's settings last changed, as far as anybody here saw it."""
    found = recall(connection, _SETTINGS_KEY)
    return None if found is None else datetime.fromisoformat(found.partition(" ")[0])


def note_settings(connection: Connection, fingerprint: str, now: datetime) -> None:
    """Keep the fingerprint of the host's settings, and since when it has been this one."""
    remember(connection, _SETTINGS_KEY, f"{instant_text(now)} {fingerprint}")
    touch(connection, [EVERYTHING])


def settings_fingerprint(connection: Connection) -> str | None:
    """The fingerprint of the host's settings as last noted."""
    found = recall(connection, _SETTINGS_KEY)
    return None if found is None else found.partition(" ")[2]


def store_page(connection: Connection, asset: str, page: PageFacts) -> None:
    """Keep what a page was rendered from, and when."""
    touch(connection, [(Kind.ASSET, asset)])
    connection.execute(delete(PAGES).where(PAGES.c.asset == asset))
    row = {"asset": asset, "fingerprint": page.fingerprint, "rendered_at": page.rendered_at}
    connection.execute(insert(PAGES), [row])


def pages(connection: Connection, assets: Collection[str] | None = None) -> dict[str, PageFacts]:
    """Rendered pages by asset: of these assets, or all."""
    query = select(PAGES) if assets is None else select(PAGES).where(PAGES.c.asset.in_(sorted(assets)))
    return {row.asset: PageFacts(row.fingerprint, row.rendered_at) for row in connection.execute(query)}
