"""How every promise stands, by what it is about; which of them have actions; when the first may change by time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from heapq import heappop, heappush
from itertools import chain, count

from reconciler.catalog.standings import Standings
from reconciler.catalog.values import Standing
from reconciler.obligations.assessment import Assessment, Assessments, Promise, State
from reconciler.observed.facts import Glance
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.units.instants import NEVER

POLICY, REPOSITORY, ASSET, ORPHANS = "policy", "repository", "asset", "orphans"
_FRESHNESS = "freshness"
_OF_ORPHANS = "orphaned"

Subject = tuple[str, str]


class Knowledge:
    """Assessments by subject. ``glances`` of every asset in every repository."""

    def __init__(self) -> None:
        self.glances: dict[tuple[str, str], Glance] = {}
        self.resumed = False
        self._subjects: dict[Subject, tuple[Assessment, ...]] = {}
        self._known: dict[Promise, Assessment] = {}
        self._acting: set[Promise] = set()
        self._ends: list[tuple[datetime, int, Subject, Promise]] = []
        self._queued: dict[Promise, datetime] = {}
        self._numbers = count()
        self._changed: set[Promise] = set()
        self._gone: set[Promise] = set()
        self._anew = True
        self._listed: Assessments | None = None

    def take(
        self, kind: str, name: str, found: Iterable[Assessment], glances: Mapping[str, Glance] | None = None
    ) -> None:
        """These are now all the assessments of a subject; of an asset with its glances by repository."""
        subject, new = (kind, name), {one.promise: one for one in found}
        for old in self._subjects.get(subject, ()):
            if old.promise not in new:
                self._drop(old.promise)
        if new:
            self._subjects[subject] = tuple(new.values())
        else:
            self._subjects.pop(subject, None)
        for one in new.values():
            self._put(subject, one)
        self._glance(name, glances or {})

    def keep_only(self, kind: str, names: Collection[str]) -> None:
        """Drop the subjects of a kind that are not among these names."""
        for subject in [one for one in self._subjects if one[0] == kind and one[1] not in names]:
            self.take(*subject, ())

    def resume(self, policy: ResolvedPolicy, standings: Iterable[Standing]) -> set[str]:
        """Take over what was kept; gives the assets of which more has to be known: where something is to be done
        or is not as it should be, and those of which nothing was kept."""
        self.resumed, self._anew = True, False
        by_asset: dict[str, list[Standing]] = {}
        for one in standings:
            if one.promise.asset in policy.assets and one.promise.name != _OF_ORPHANS:
                by_asset.setdefault(one.promise.asset, []).append(one)
            else:
                self._changed.add(one.promise)
        for name, rows in by_asset.items():
            self._subjects[ASSET, name] = tuple(
                Assessment(row.promise, row.state, row.reason, row.since, row.until) for row in rows
            )
            for row, stood in zip(rows, self._subjects[ASSET, name], strict=True):
                self._known[row.promise] = stood
                self._queue((ASSET, name), row.promise, row.until)
                if row.promise.kind == _FRESHNESS:
                    place = (name, row.promise.repository)
                    self.glances[place] = Glance(row.newest, row.listed or 0, row.failures or 0)
        odd = {name for name, rows in by_asset.items() if any(r.acts or r.state is not State.MET for r in rows)}
        failing = {asset for (asset, _), glance in self.glances.items() if glance.failures}
        return odd | failing | (policy.assets.keys() - by_asset.keys())

    def acting(self) -> list[Assessment]:
        """Those that have actions, by their promise."""
        return [self._known[promise] for promise in sorted(self._acting)]

    def assessments(self, policy: ResolvedPolicy) -> Assessments:
        """All of them: the policy's, its repositories', its assets', and what becomes of orphans."""
        if self._listed is None:
            subjects = (
                (POLICY, policy.name),
                *((REPOSITORY, name) for name in policy.repositories),
                *((ASSET, name) for name in policy.assets),
                (ORPHANS, ""),
            )
            self._listed = Assessments(chain.from_iterable(self._subjects.get(subject, ()) for subject in subjects))
        return self._listed

    @property
    def until(self) -> datetime:
        """The first instant at which time alone may change one of them."""
        while self._ends:
            until, _, _, promise = self._ends[0]
            known = self._known.get(promise)
            if known is not None and known.until == until:
                return until
            self._unqueue()
        return NEVER

    def due(self, now: datetime) -> set[str]:
        """The assets of which time may have changed a promise."""
        found = set()
        while self.until <= now:
            kind, name = self._unqueue()
            if kind == ASSET:
                found.add(name)
        return found

    @property
    def changed(self) -> bool:
        """Whether there is anything to save."""
        return bool(self._changed or self._gone or self._anew)

    def save(self, standings: Standings, as_of: tuple[int, datetime], made_from: str) -> None:
        """Write what changed since the last time."""
        promises = list(self._known) if self._anew else [one for one in sorted(self._changed) if one in self._known]
        gone = {*self._gone, *(one for one in self._changed if one not in self._known)}
        standings.save([self._standing(one) for one in promises], gone, as_of, made_from, anew=self._anew)
        self._changed.clear()
        self._gone.clear()
        self._anew = False

    def _put(self, subject: Subject, new: Assessment) -> None:
        old = self._known.get(new.promise)
        self._queue(subject, new.promise, new.until)
        if old == new:
            return
        self._known[new.promise] = new
        self._changed.add(new.promise)
        self._listed = None
        if new.actions:
            self._acting.add(new.promise)
        else:
            self._acting.discard(new.promise)

    def _queue(self, subject: Subject, promise: Promise, until: datetime) -> None:
        if until != NEVER and self._queued.get(promise) != until:
            self._queued[promise] = until
            heappush(self._ends, (until, next(self._numbers), subject, promise))

    def _unqueue(self) -> Subject:
        until, _, subject, promise = heappop(self._ends)
        if self._queued.get(promise) == until:
            del self._queued[promise]
        return subject

    def _drop(self, promise: Promise) -> None:
        self._known.pop(promise, None)
        self._acting.discard(promise)
        self._changed.discard(promise)
        self._gone.add(promise)
        self._listed = None
        if promise.kind == _FRESHNESS:
            self.glances.pop((promise.asset, promise.repository), None)

    def _glance(self, name: str, glances: Mapping[str, Glance]) -> None:
        for repository, glance in glances.items():
            if self.glances.get((name, repository)) != glance:
                self.glances[name, repository] = glance
                self._changed.add(Promise(_FRESHNESS, name, repository))

    def _standing(self, promise: Promise) -> Standing:
        known = self._known[promise]
        found = Standing(promise, known.state, known.reason, known.since, known.until, acts=bool(known.actions))
        glance = self.glances.get((promise.asset, promise.repository)) if promise.kind == _FRESHNESS else None
        if glance is None:
            return found
        return replace(found, newest=glance.newest, listed=glance.listed, failures=glance.failures)
