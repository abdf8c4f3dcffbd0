"""The engines by the word in a repository's ``engine:``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from reconciler.engines.protocol import Engine
from reconciler.engines.restic.calls import ResticSettings
from reconciler.engines.restic.engine import ResticEngine
from reconciler.errors import ToolMissing

Maker = Callable[[ResticSettings, threading.Event | None], Engine]

ENGINES: Mapping[str, Maker] = {"restic": ResticEngine}


def make_engine(word: str, settings: ResticSettings, stop: threading.Event | None = None) -> Engine:
    """The engine of that word. Raises ToolMissing for one that this version does not have."""
    maker = ENGINES.get(word)
    if maker is None:
        known = ", ".join(sorted(ENGINES))
        raise ToolMissing(f"there is no engine {word!r} in this version", remedy=f"use one of: {known}")
    return maker(settings, stop)
