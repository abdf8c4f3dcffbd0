"""Our retention against the real restic's, over thousands of random histories."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from reconciler.observed.backup import Backup, Verdict
from reconciler.policy.models.retention import RetentionSpec
from reconciler.retention.decide import Floor, Terms, decide
from reconciler.retention.reasons import Code, Reason
from reconciler.units.durations import CalendarDuration
from tests.lab.repositories import ForgedSnapshot, forge_snapshots, make_repository
from tests.lab.restic import Restic

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ZONES = ("Europe/Madrid", "UTC", "America/New_York", "Australia/Lord_Howe")
HISTORIES, RULE_SETS = 105, 3
COUNTS = ("last", "hourly", "daily", "weekly", "monthly", "yearly")
SPANS = ("within", *(f"within_{level}" for level in COUNTS[1:]))

Matches = Mapping[datetime, list[tuple[str, ...]]]
"""For each time, what matched for each of the backups of that time, sorted: restic's own order of ties is chance."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Everything random about one repository comes from here, so that its seed repeats it."""

    random: Random
    zone: ZoneInfo

    def history(self) -> list[datetime]:
        """Some instants, to the microsecond at times, in no order, with ties at times."""
        shape = self.random.choice((self.dense, self.sparse, self.clusters, self.clock_changes, self.month_ends))
        times = [*shape()] or [NOW - timedelta(days=1)]
        times += self.random.choices(times, k=self.random.choice((0, 0, 0, 1, 5)))
        self.random.shuffle(times)
        return [time for time in times if time < NOW]

    def start(self) -> datetime:
        return datetime(2012, 1, 1, tzinfo=UTC) + timedelta(seconds=self.random.randrange(460_000_000))

    def dense(self) -> Iterator[datetime]:
        start, step = self.start(), self.random.choice((300, 1200, 3600, 21_600))
        for number in range(self.random.randrange(1, 60)):
            yield start + timedelta(seconds=number * step + self.random.randrange(step))

    def sparse(self) -> Iterator[datetime]:
        start, step = self.start(), self.random.choice((1, 7, 30, 200))
        for number in range(self.random.randrange(1, 40)):
            yield start + timedelta(days=number * step, microseconds=self.random.randrange(10**9))

    def clusters(self) -> Iterator[datetime]:
        for _ in range(self.random.randrange(1, 6)):
            start = self.start()
            for _ in range(self.random.randrange(1, 12)):
                yield start + timedelta(minutes=self.random.randrange(60 * self.random.choice((1, 6, 72))))

    def clock_changes(self) -> Iterator[datetime]:
        """Around the last Sundays of March and October and the first of April and November, by the half hour."""
        year, month = self.random.randrange(2013, 2026), self.random.choice((3, 10, 4, 11))
        sunday = datetime(year, month, self.random.choice((1, 24)), tzinfo=UTC)
        sunday += timedelta(days=6 - sunday.weekday())
        for half in range(-20, 80):
            if self.random.random() < 0.5:
                yield sunday + timedelta(minutes=30 * half)

    def month_ends(self) -> Iterator[datetime]:
        """The last days of months and the first of the next, leap years too, near the zone's midnight."""
        year = self.random.choice((2016, 2019, 2020, 2024, 2025))
        for month in range(1, 13):
            for day in self.random.sample((1, 2, 3, 27, 28, 29, 30, 31), 3):
                noon = datetime(year, month, min(day, 28), 12, tzinfo=self.zone) + timedelta(days=max(day - 28, 0))
                yield noon + timedelta(hours=self.random.choice((-12, -11, 0, 11)), minutes=30)

    def rules(self) -> RetentionSpec:
        """One to four rules, unlimited ones too; spans with years, months, days and hours."""
        chosen = self.random.sample((*COUNTS, *SPANS), self.random.randrange(1, 5))
        return RetentionSpec.model_validate({name: self.count() if name in COUNTS else self.span() for name in chosen})

    def count(self) -> int:
        return self.random.choice((-1, 1, 2, 3, 5, 8, 13, 40))

    def span(self) -> CalendarDuration:
        years, months = self.random.choice((0, 0, 1)), self.random.choice((0, 0, 1, 2, 5))
        days, hours = self.random.choice((0, 1, 9, 30)), self.random.choice((0, 0, 1, 47, 4000))
        return CalendarDuration(years, months, days, hours if years or months or days or hours else 30)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_restic_keeps_the_same_backups_for_the_same_reasons(seed: int, tmp_path: Path) -> None:
    zone = ZONES[seed % len(ZONES)]
    draw = Draw(Random(seed), ZoneInfo(zone))
    histories = {f"asset=lab/{number}": draw.history() for number in range(HISTORIES)}
    rules = [draw.rules() for _ in range(RULE_SETS)]
    assert _differences(tmp_path, zone, histories, rules) == [], f"seed {seed}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("zone", "newest"),
    [
        ("Europe/Madrid", "2026-03-30T02:30+02:00"),
        ("Europe/Madrid", "2025-10-27T02:30+01:00"),
        ("America/New_York", "2026-03-09T02:30-04:00"),
        ("America/New_York", "2025-11-03T01:30-05:00"),
        ("Australia/Lord_Howe", "2026-04-06T01:40+10:30"),
        ("Australia/Lord_Howe", "2025-10-06T02:10+11:00"),
    ],
)
def test_spans_that_end_in_a_clock_change_end_where_restics_do(zone: str, newest: str, tmp_path: Path) -> None:
    last = datetime.fromisoformat(newest).astimezone(UTC)
    night = [last - timedelta(minutes=10 * number) for number in range(170)]
    rules = [RetentionSpec.model_validate({name: CalendarDuration(days=1)}) for name in ("within", "within_hourly")]
    assert _differences(tmp_path, zone, {"asset=lab/night": night}, rules) == []


def _differences(
    folder: Path, zone: str, histories: Mapping[str, Sequence[datetime]], rules: Sequence[RetentionSpec]
) -> list[tuple[str, list[str], Matches, Matches]]:
    """History, rules, restic's answer and ours, wherever the answers differ."""
    repository = make_repository(folder)
    backups = _forge(repository.path, repository.password, histories, ZoneInfo(zone))
    # A file of our own dependency, because a bare machine has no zones where restic looks for them.
    clock = {"TZ": str(files("tzdata") / "zoneinfo" / zone), "XDG_CACHE_HOME": str(folder / "cache")}
    restic = Restic(str(repository.path), repository.password, environment=clock)
    found = []
    for spec in rules:
        theirs = _asked(restic, spec)
        assert theirs.keys() == histories.keys()
        ours = {tag: _decided(each, spec, ZoneInfo(zone)) for tag, each in backups.items()}
        found += [(tag, _options(spec), theirs[tag], ours[tag]) for tag in ours if ours[tag] != theirs[tag]]
    return found


def _forge(
    path: Path, password: str, histories: Mapping[str, Sequence[datetime]], zone: ZoneInfo
) -> dict[str, list[Backup]]:
    made = [ForgedSnapshot(time.astimezone(zone), tags=(tag,)) for tag, times in histories.items() for time in times]
    found: dict[str, list[Backup]] = {tag: [] for tag in histories}
    for id, entry in zip(forge_snapshots(path, password, made), made, strict=True):
        time = entry.time.astimezone(UTC)
        backup = Backup(id, entry.tags[0], "lab", lineage=id, time=time, verdict=Verdict.COMPLETE)
        found[entry.tags[0]].append(backup)
    return found


def _asked(restic: Restic, spec: RetentionSpec) -> dict[str, Matches]:
    """What restic would keep and drop in each history."""
    answer = restic.run("forget", "--dry-run", "--no-lock", "--json", "--group-by", "tags", *_options(spec))
    found: dict[str, Matches] = {}
    for group in json.loads(answer):
        matches: dict[datetime, list[tuple[str, ...]]] = defaultdict(list)
        for kept in group["reasons"]:
            matches[_instant(kept["snapshot"]["time"])].append(tuple(kept["matches"]))
        for removed in group["remove"] or ():
            matches[_instant(removed["time"])].append(())
        found[group["tags"][0]] = {time: sorted(each) for time, each in matches.items()}
    return found


def _decided(backups: Sequence[Backup], spec: RetentionSpec, zone: ZoneInfo) -> Matches:
    decision = decide(backups, Terms(spec, zone, Floor(minimum_restored=0)), NOW)
    matches: dict[datetime, list[tuple[str, ...]]] = defaultdict(list)
    for kept in decision.kept:
        ruled = (reason for reason in kept.reasons if reason.code is not Code.FLOOR)
        matches[kept.backup.time].append(tuple(_in_restics_words(reason) for reason in ruled))
    for dropped in decision.dropped:
        matches[dropped.backup.time].append(())
    return {time: sorted(each) for time, each in matches.items()}


def _in_restics_words(reason: Reason) -> str:
    oldest = "oldest " if reason.detail.endswith(" (oldest)") else ""
    if reason.code in COUNTS:
        return f"{oldest}{reason.code} snapshot"
    return oldest + reason.text.removesuffix(" (oldest)")


def _options(spec: RetentionSpec) -> list[str]:
    written = spec.model_dump(mode="json", by_alias=False, exclude_defaults=True)
    pairs = ((f"--keep-{name.replace('_', '-')}", value) for name, value in written.items())
    return [f"{option}={'unlimited' if value == -1 else value}" for option, value in pairs]


def _instant(written: str) -> datetime:
    return datetime.fromisoformat(written).astimezone(UTC)
