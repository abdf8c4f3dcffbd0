"""Backup Reconciler: desired backup state in git, and the loop that makes the world match it."""

__version__ = "0.1.0"
