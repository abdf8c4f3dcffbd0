"""The fingerprints of all listings, read anew only after somebody has changed the file."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.catalog.database import Database
from reconciler.catalog.listings import repositories
from reconciler.catalog.witness import Version


class Fingerprints:
    """What each repository's listing looked like from afar when it was last taken over."""

    def __init__(self, listings: Database) -> None:
        self._listings = listings
        self._known: tuple[Version, Mapping[str, str]] | None = None

    def of(self, repository: str) -> str | None:
        """The repository's; None when it was never listed, or could not be looked at last. Raises CatalogError."""
        # Asked before the rows are read: what is written meanwhile shows as another version the next time.
        version, known = self._listings.version(), self._known
        if known is None or known[0] != version:
            with self._listings.reading() as connection:
                known = self._known = version, repositories.fingerprints(connection)
        return known[1].get(repository)
