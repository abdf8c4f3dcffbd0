"""How far an action is, in words: what is not known yet is left out."""

from __future__ import annotations

from datetime import timedelta

from reconciler.engines.protocol import Progress
from reconciler.units.sizes import show_size
from reconciler.views.plurals import counted
from reconciler.views.times import show_span


def amount(progress: Progress) -> str:
    """``1.2 MiB of 28.5 MiB, 40 of 768 files, 12s left``."""
    parts = []
    if progress.bytes_total:
        parts.append(f"{show_size(progress.bytes_done)} of {show_size(progress.bytes_total)}")
    elif progress.bytes_done:
        parts.append(show_size(progress.bytes_done))
    if progress.files_total:
        parts.append(f"{progress.files_done} of {counted(progress.files_total, 'file')}")
    if progress.left is not None and progress.left >= timedelta(seconds=1):
        parts.append(f"{show_span(progress.left)} left")
    return ", ".join(parts)
