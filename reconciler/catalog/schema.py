"""Brings a file's tables to the version this program expects, in one transaction that may be killed anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from reconciler.catalog.database import Database
from reconciler.catalog.failures import CatalogNewer
from reconciler.errors import CatalogError


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of migrations: the folder that holds it, its table of versions, its newest version."""

    name: str
    head: str

    @property
    def folder(self) -> Path:
        """Where its migrations lie, inside the package."""
        return Path(__file__).parent / "migrations" / self.name

    @property
    def version_table(self) -> str:
        """Named apart, for databases that hold both chains."""
        return f"{self.name}_version"


JOURNAL = Chain("journal", "j0001")
LISTINGS = Chain("listings", "l0005")


def prepare(database: Database, chain: Chain, *, upgrade: bool, create: bool = True) -> None:
    """Create the tables in an empty file, or upgrade older ones if ``upgrade``.

    A file of the expected version costs one small query. Raises CatalogNewer, CatalogError.
    """
    with database.reading() as connection:
        found = _version(connection, chain)
    if found == chain.head:
        return
    if found is None and not create:
        raise CatalogError(f"{database.path} has no table {chain.version_table}", remedy="name another file")
    if found is not None and not upgrade:
        raise CatalogError(
            f"{database.path} has the older schema {found}",
            remedy="start the loop or a pass (reconciler reconcile) once: it upgrades",
        )
    with database.writing() as connection:
        # Another process may have done it while this one waited for the lock.
        if _version(connection, chain) != chain.head:
            _migrate(connection, chain, database.path)


def _version(connection: Connection, chain: Chain) -> str | None:
    if chain.version_table not in inspect(connection).get_table_names():
        return None
    found: str | None = connection.scalar(select(column("version_num")).select_from(table(chain.version_table)))
    return found


def _migrate(connection: Connection, chain: Chain, path: Path) -> None:
    # Imported here: an unchanged schema is the rule, and Alembic costs as much as the whole command line.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(chain.folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = chain.version_table
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise CatalogNewer(
            f"{path} was written by a newer version of this program ({error})",
            remedy="install that version again, or a newer one",
        ) from error
