"""Redundancy: enough copies, each fresh by its own RPO, over distinct media, failure domains and sites."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.obligations.assessment import Assessment, Promise, State
from reconciler.obligations.codes import Code
from reconciler.obligations.waiting import comes_of_age, first_after
from reconciler.observed.facts import Observed, Reach
from reconciler.observed.reason import Reason
from reconciler.policy.checks.copies import LIVE_MEDIUM
from reconciler.units.instants import NEVER


@dataclass(frozen=True, slots=True)
class Copyplace:
    """A repository of the asset, and what it stands on."""

    repository: str
    rpo: timedelta
    medium: str
    domain: str
    offsite: bool


@dataclass(frozen=True, slots=True)
class Redundancy:
    """How many copies (the live data is the first), media, and copies off the site the asset must have."""

    asset: str
    minimum: int
    media: int
    offsite: int
    initial_within: timedelta
    places: tuple[Copyplace, ...]

    @property
    def promise(self) -> Promise:
        """Its identity."""
        return Promise("redundancy", self.asset)


@dataclass(frozen=True, slots=True)
class _Place:
    """A place at one instant: fresh up to ``breaks``, or not, and then perhaps first or unknown."""

    place: Copyplace
    breaks: datetime | None
    fresh: bool = False
    unknown: bool = False
    initial_until: datetime | None = None


def assess(redundancy: Redundancy, observed: Observed, now: datetime) -> Assessment:
    """Count what is fresh; what cannot be seen or is still in its first days may excuse what is missing."""
    if not _enough(redundancy, redundancy.places):
        reason = _reason(Code.COPIES_UNATTAINABLE, redundancy, redundancy.places)
        return Assessment(redundancy.promise, State.UNATTAINABLE, reason)
    found = [_look(redundancy, place, observed, now) for place in redundancy.places]
    fresh = [one.place for one in found if one.fresh]
    unknown = [one.place for one in found if one.unknown]
    first = [one.place for one in found if one.initial_until and now < one.initial_until]
    since = None
    if _enough(redundancy, fresh):
        state, code = State.MET, Code.ENOUGH_COPIES
    elif _enough(redundancy, [*fresh, *first]):
        state, code = State.DUE, Code.COPIES_INITIAL
    elif _enough(redundancy, [*fresh, *first, *unknown]):
        state, code = State.UNKNOWN, Code.COPIES_UNKNOWN
        since = min((s for p in unknown if (s := observed.repository(p.repository).trouble_since)), default=None)
    else:
        state, code = State.BREACHED, Code.TOO_FEW_COPIES
        since = max((one.breaks for one in found if one.breaks and one.breaks <= now), default=None)
    instants = (instant for one in found for instant in (one.breaks, one.initial_until))
    ages = (comes_of_age(observed.placement(redundancy.asset, p.repository).backups, now) for p in redundancy.places)
    until = min([first_after(now, *instants), *ages, NEVER])
    return Assessment(redundancy.promise, state, _reason(code, redundancy, fresh), since, until)


def _look(redundancy: Redundancy, place: Copyplace, observed: Observed, now: datetime) -> _Place:
    facts = observed.placement(redundancy.asset, place.repository)
    repository = observed.repository(place.repository)
    if not repository.ready and repository.reach is not Reach.NEVER_SEEN:
        return _Place(place, None, unknown=True)
    newest = facts.newest_counted(now)
    if newest is None:
        wanted = facts.wanted_since
        return _Place(place, None, initial_until=wanted + redundancy.initial_within if wanted else NEVER)
    breaks = newest.time + place.rpo
    return _Place(place, breaks, fresh=now < breaks)


def _count(places: Iterable[Copyplace]) -> tuple[int, int, int]:
    """Copies, media and copies off the site: the live data is one copy, a failure domain counts once."""
    there = tuple(places)
    domains = {place.domain for place in there}
    media = {LIVE_MEDIUM, *(place.medium for place in there)}
    return 1 + len(domains), len(media), len({place.domain for place in there if place.offsite})


def _enough(redundancy: Redundancy, places: Iterable[Copyplace]) -> bool:
    copies, media, offsite = _count(places)
    return copies >= redundancy.minimum and media >= redundancy.media and offsite >= redundancy.offsite


def _reason(code: Code, redundancy: Redundancy, places: Iterable[Copyplace]) -> Reason:
    copies, media, offsite = _count(places)
    return Reason.of(
        code,
        copies=copies,
        minimum=redundancy.minimum,
        media=media,
        media_wanted=redundancy.media,
        offsite=offsite,
        offsite_wanted=redundancy.offsite,
    )
