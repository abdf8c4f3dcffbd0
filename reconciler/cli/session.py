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
    from rich.console import Console

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

    @cached_property
    def console(self) -> Console:
        """Standard output: colours and tables on a terminal, plain lines otherwise."""
        from rich.console import Console

        return Console(no_color=self.plain, highlight=False, soft_wrap=not sys.stdout.isatty())

    @property
    def terminal(self) -> bool:
        """Somebody is looking at standard error: progress bars make sense."""
        return sys.stderr.isatty() and not self.plain and self.log == "text"


pass_session = click.make_pass_decorator(Session)
