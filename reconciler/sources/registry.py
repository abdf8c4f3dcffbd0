"""The sources by their kind; the kinds that only parse say that they come later."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.errors import SourceUnsupported
from reconciler.sources.files import Files
from reconciler.sources.protocol import Source

SOURCES: Mapping[str, Source] = {"files": Files()}


def source_of(kind: str) -> Source:
    """The source of that kind. Raises SourceUnsupported."""
    source = SOURCES.get(kind)
    if source is None:
        raise SourceUnsupported(
            f"a source of kind {kind} comes later: this version captures {', '.join(sorted(SOURCES))}",
            remedy="protect its files with a source of kind files until then",
        )
    return source
