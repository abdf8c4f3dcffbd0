"""Makes the backups of one place from raw rows: most of them never, the others when they are looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from reconciler.catalog.facts.rows import Judged, Raw, Row
from reconciler.observed.backup import Backup, Verdict
from reconciler.observed.backups import Backups
from reconciler.observed.identify import REQUEST_TAG, Identification
from reconciler.observed.listing import tag_of
from reconciler.policy.resolved import ResolvedPolicy

Place = tuple[str, str]
"""An asset (or an orphan's identity) and a repository."""


@dataclass(frozen=True, slots=True)
class Known:
    """What every row is held against: lineages accepted for assets, and until when attempts' backups are kept."""

    policy: ResolvedPolicy
    accepted: frozenset[Place]
    keeping: Mapping[str, date]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Said:
    """What there is to say of a backup that is not simply complete: whose, its verdict, if its attempt began here."""

    whose: Identification
    judged: Judged | None
    begun: bool


@dataclass(frozen=True, slots=True)
class Heap:
    """The rows of one place, in any order, and what was said of the odd ones, by id; ``name`` the asset's."""

    name: str
    known: Known
    rows: list[Raw] = field(default_factory=list)
    said: dict[str, Said] = field(default_factory=dict)

    def backups(self) -> Backups:
        """All of them, newest first. The heap is spent then."""
        rows, said = self.rows, self.said
        rows.sort(reverse=True)
        parse = datetime.fromisoformat
        odd = [position for position, row in enumerate(rows) if row[1] in said] if said else []
        return Backups([parse(row[0]) for row in rows], [row[1] for row in rows], odd, self._make)

    def _make(self, position: int) -> Backup:
        row = Row(*self.rows[position])
        said = self.said.get(row.id)
        judged = said.judged if said else None
        lineage = row.original or row.id
        request = tag_of(json.loads(row.tags), REQUEST_TAG) if row.tags else None
        suited = {(self.name, lineage), (judged.asset if judged else self.name, lineage)}
        return Backup(
            id=row.id,
            asset=self.name,
            repository=row.repository,
            lineage=lineage,
            time=datetime.fromisoformat(row.time),
            size=judged.size if row.size is None and judged else row.size,
            files=judged.files if row.files is None and judged else row.files,
            attempt=row.attempt,
            request=request,
            verdict=_verdict(said, self.name) if said else Verdict.COMPLETE,
            suspicious=bool(judged and judged.suspicious),
            accepted=bool(suited & self.known.accepted),
            # An attempt that began here and left no verdict stays unknown: a rule for old snapshots does not judge it.
            adopted=bool(said and said.whose.counts and judged is None and not said.begun),
            invalidated=row.invalidated_at is not None,
            restored_at=datetime.fromisoformat(row.restored_at) if row.restored_at else None,
            keep_until=self._keep_until(row, request),
        )

    def _keep_until(self, row: Row, request: str | None) -> datetime | None:
        """The beginning of that day in the policy's zone; the policy's own word goes before what it said at birth."""
        asked = self.known.policy.requests.get(request) if request else None
        day = (asked.keep_until if asked else None) or self.known.keeping.get(row.attempt or "")
        return None if day is None else datetime.combine(day, time(0), self.known.zone)


def _verdict(said: Said, name: str) -> Verdict:
    """A verdict given to another asset's backup says nothing of this one; a rule may take over what was judged."""
    if said.judged is None or not (said.whose.adopted or said.judged.asset == name):
        return Verdict.UNKNOWN
    return Verdict(said.judged.verdict)
