"""What can go wrong with the catalog's files, told in one line; importable without the database library."""

from __future__ import annotations

from reconciler.errors import CatalogError


class CatalogDamaged(CatalogError):
    """A file of the catalog is damaged; the next opening by the leader sets it aside and goes on."""

    code = "catalog-damaged"


class CatalogNewer(CatalogError):
    """The catalog was written by a newer version of the program."""

    code = "catalog-newer"
