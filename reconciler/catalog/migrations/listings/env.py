"""Runs this chain's migrations on the connection that the program hands in, inside its transaction."""

from __future__ import annotations

from alembic import context

settings = context.config.attributes
context.configure(connection=settings["connection"], version_table=settings["version_table"])
context.run_migrations()
