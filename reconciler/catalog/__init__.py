"""The catalog: the journal, which is the truth that no listing tells, and listings with projections, a cache.

Importing this costs nothing; the database library is imported when a catalog is opened.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.kit.clock import Clock, SystemClock

if TYPE_CHECKING:
    from reconciler.catalog.catalog import Catalog

__all__ = ["open_catalog"]


def open_catalog(
    place: Path | str, clock: Clock | None = None, *, lead: bool = True, patience: timedelta = timedelta(minutes=1)
) -> Catalog:
    """Open (and make, if need be) the catalog in a state folder, or at a ``sqlite:////…/catalog.db`` URL.

    ``lead`` says that the caller holds the leader lock: only then is an older schema upgraded and a damaged
    file set aside. ``patience`` is how long another process's lock is waited for. Raises CatalogError, UnsafePath.
    """
    from reconciler.catalog.opening import open_at

    return open_at(place, clock or SystemClock(), lead=lead, patience=patience)
