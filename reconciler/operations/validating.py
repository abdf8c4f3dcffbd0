"""Reads a policy from a plain folder and says everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reconciler.gitops.folder import FolderSource
from reconciler.policy.documents import Loaded
from reconciler.policy.load import load_policy


@dataclass(frozen=True, slots=True)
class Validation:
    """The policy as loaded, and how many files were read."""

    loaded: Loaded
    files: int


def validate_folder(folder: Path, today: date, local_host: str) -> Validation:
    """Raises PolicySourceError when the folder itself cannot be read."""
    found = FolderSource(folder).files()
    loaded = load_policy(found.files, today=today, local_host=local_host, skipped=found.skipped)
    return Validation(loaded, len(found.files))
