"""What every command shares: the options before its name, and the settings read when they are first needed."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from reconciler.settings import HostSettings


@dataclass
class Session:
    """The options before the command's name."""

    config: Path | None
    log: str
    plain: bool

    @cached_property
    def settings(self) -> HostSettings:
        """The host settings. Raises SettingsError when there are none or they are wrong."""
        from reconciler.kit.settings_file import read_settings

        return read_settings(self.config, os.environ)

    @cached_property
    def settings_or_none(self) -> HostSettings | None:
        """The host settings where there are any: a pull request is planned without. Wrong ones still raise."""
        from reconciler.settings import settings_places

        places = settings_places(os.environ)
        if self.config is None and not any(Path(place).exists() for place in places):
            return None
        return self.settings

    @property
    def terminal(self) -> bool:
        """Somebody is looking at standard error: progress bars make sense."""
        return sys.stderr.isatty() and self.log == "text" and os.environ.get("TERM") not in (None, "", "dumb")


pass_session = click.make_pass_decorator(Session)
