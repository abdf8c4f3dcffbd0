"""Compares what an engine said that it made with what the repository lists: only the ordered backup is believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from os.path import normpath

from reconciler.engines.protocol import BackupOrder, BackupReport
from reconciler.errors import EngineLied
from reconciler.kinds.capture import PathsCapture
from reconciler.observed.backup import SKEW
from reconciler.observed.listing import Snapshot

_RETRIED = "it is made again at the next pass; see what the engine says by hand"
# A time is ordered in whole seconds.
_SECOND = timedelta(seconds=1)


def prove_backup(
    asset: str, order: BackupOrder, report: BackupReport, listed: Snapshot, span: tuple[datetime, datetime]
) -> None:
    """Raise EngineLied unless the listed snapshot is the one that was ordered, made within the span."""
    wrong = list(_against_order(order, listed, span))
    for what, said, found in (("files", report.files, listed.files), ("bytes", report.size, listed.size)):
        if found is not None and found != said:
            wrong.append(f"{found} {what} instead of the {said} reported")
    if wrong:
        what = f"the engine reported backup {report.id[:12]}, which the repository lists with {', '.join(wrong)}"
        raise EngineLied(what, remedy=_RETRIED, subject=asset)


def _against_order(order: BackupOrder, listed: Snapshot, span: tuple[datetime, datetime]) -> Iterator[str]:
    if set(listed.tags) != set(order.tags):
        yield "other tags than ordered"
    if listed.host != order.host:
        yield "another host"
    if listed.original is not None:
        yield "an origin, as if it were a copy"
    capture = order.capture
    if isinstance(capture, PathsCapture) and set(map(normpath, listed.paths)) != set(map(normpath, capture.paths)):
        yield "other paths than ordered"
    begin, end = (order.time - _SECOND, order.time + _SECOND) if order.time else (span[0] - SKEW, span[1] + SKEW)
    if not begin <= listed.time <= end:
        yield f"the time {listed.time:%Y-%m-%d %H:%M:%S} UTC"


def differing_copies(originals: Sequence[Snapshot], arrived: Sequence[Snapshot]) -> dict[str, str]:
    """The ids of copies that hold something else than what they are copies of, each with what differs."""
    by_lineage = {_lineage(snapshot): snapshot for snapshot in originals}
    found = {}
    for one in arrived:
        original = by_lineage.get(_lineage(one))
        wrong = _differences(original, one) if original else []
        if wrong:
            found[one.id] = ", ".join(wrong)
    return found


def _differences(original: Snapshot, arrived: Snapshot) -> list[str]:
    pairs = (
        ("files", original.tree, arrived.tree),
        ("time", original.time, arrived.time),
        ("host", original.host, arrived.host),
        ("paths", set(original.paths), set(arrived.paths)),
        ("size", original.size, arrived.size),
        ("number of files", original.files, arrived.files),
    )
    return [f"another {name}" if name != "files" else "other files" for name, one, other in pairs if one != other]


def _lineage(snapshot: Snapshot) -> str:
    return snapshot.original or snapshot.id
