"""The chains of migrations, one folder a file of the catalog; Alembic loads them by path."""
