"""What every source offers: a look before the engine starts, and what the engine shall read."""

from __future__ import annotations

from typing import Protocol

from reconciler.kinds.capture import Capture
from reconciler.kinds.source import Source as SourceSettings


class Source(Protocol):
    """One kind of source. Errors name what is wrong with it; who calls adds the asset."""

    def check(self, settings: SourceSettings) -> None:
        """Raise SourceMissing, naming it, when anything that should be captured is not there."""

    def capture(self, settings: SourceSettings, *, read_all: bool = False) -> Capture:
        """What the engine shall read; ``read_all`` reads unchanged files again too."""
