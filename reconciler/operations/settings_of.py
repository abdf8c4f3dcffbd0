"""The settings of a given file, whatever the environment says."""

from __future__ import annotations

from pathlib import Path

from reconciler.kit.settings_file import read_settings
from reconciler.settings import HostSettings


def settings_at(path: Path) -> HostSettings:
    """Raises SettingsError."""
    return read_settings(path, {})
