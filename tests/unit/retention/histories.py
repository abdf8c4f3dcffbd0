"""Backups for the tests of retention: quick to write down, and drawn by hypothesis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from reconciler.observed.backup import Backup, Verdict
from reconciler.policy.models.retention import RetentionSpec
from reconciler.retention.decide import Decision, Floor, Terms
from reconciler.units.durations import CalendarDuration

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")
ZONES = [MADRID, ZoneInfo("UTC"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata")]
COUNTS = ("last", "hourly", "daily", "weekly", "monthly", "yearly")
SPANS = ("within", *(f"within_{level}" for level in COUNTS[1:]))


def backup(id: str, time: datetime, **fields: Any) -> Backup:
    """A complete backup, unless the fields say otherwise."""
    given: dict[str, Any] = {"lineage": id, "size": 1, "files": 1, "verdict": Verdict.COMPLETE} | fields
    return Backup(id, "wiki", "nas", time=time, **given)


def every(step: timedelta, count: int, newest: datetime = NOW, **fields: Any) -> list[Backup]:
    """``count`` backups, ``b0`` the newest."""
    return [backup(f"b{number}", newest - number * step, **fields) for number in range(count)]


def terms(floor: Floor = Floor(0), zone: ZoneInfo = MADRID, **rules: Any) -> Terms:
    return Terms(RetentionSpec.model_validate(rules), zone, floor)


def kept_ids(decision: Decision) -> list[str]:
    return [kept.backup.id for kept in decision.kept]


def dropped_ids(decision: Decision) -> list[str]:
    return [dropped.backup.id for dropped in decision.dropped]


def words(decision: Decision, id: str) -> str:
    """What is said of one backup, kept or dropped."""
    kept = [one.text for one in decision.kept if one.backup.id == id]
    [said] = [*kept, *(one.text for one in decision.dropped if one.backup.id == id)]
    return said


_SECONDS = int(timedelta(days=800).total_seconds())
_ages = st.one_of(
    st.integers(0, _SECONDS),
    st.integers(0, 60).map(lambda hours: hours * 3600),
    st.integers(0, 800).map(lambda days: days * 86_400),
)
_fields = st.fixed_dictionaries(
    {},
    optional={
        "verdict": st.sampled_from(Verdict),
        "suspicious": st.booleans(),
        "accepted": st.booleans(),
        "adopted": st.booleans(),
        "invalidated": st.booleans(),
        "restored_at": st.just(NOW),
        "keep_until": st.integers(-40, 40).map(lambda days: NOW + timedelta(days=days)),
    },
)


@st.composite
def counted_backups(draw: st.DrawFn, least: int = 0, most: int = 40) -> list[Backup]:
    """Complete backups up to now, ties among them."""
    ages = draw(st.lists(_ages, min_size=least, max_size=most))
    return [backup(f"c{number:03}", NOW - timedelta(seconds=age)) for number, age in enumerate(ages)]


@st.composite
def any_backups(draw: st.DrawFn, most: int = 25) -> list[Backup]:
    """Backups of every condition, some dated in the future, some near an expiry."""
    ages = st.one_of(_ages, st.integers(-3, 17).map(lambda days: days * 86_400), st.integers(-900, 900))
    drawn = draw(st.lists(st.tuples(ages, _fields), max_size=most))
    return [
        backup(f"a{number:03}", NOW - timedelta(seconds=age), **fields) for number, (age, fields) in enumerate(drawn)
    ]


counts = st.sampled_from([-1, 1, 2, 3, 5, 9])
spans = st.builds(CalendarDuration, st.integers(0, 1), st.integers(0, 3), st.integers(0, 40), st.integers(1, 50))


@st.composite
def specs(draw: st.DrawFn, names: tuple[str, ...] = (*COUNTS, *SPANS)) -> RetentionSpec:
    """One to four rules of those named."""
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
    return RetentionSpec.model_validate({name: draw(counts if name in COUNTS else spans) for name in chosen})


@st.composite
def all_terms(draw: st.DrawFn, names: tuple[str, ...] = (*COUNTS, *SPANS)) -> Terms:
    return Terms(draw(specs(names)), draw(st.sampled_from(ZONES)), Floor(draw(st.integers(0, 2))))
