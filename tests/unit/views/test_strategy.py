"""How an asset is protected, in words that match its policy."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.kinds.files import FilesSource
from reconciler.kinds.later import PostgresqlSource
from reconciler.kinds.source import Source
from reconciler.policy.models.asset import Schedule
from reconciler.policy.models.document import Window
from reconciler.policy.models.retention import RetentionSpec
from reconciler.units.durations import CalendarDuration
from reconciler.views.strategy import frequency_of, retention_text, strategy_of
from tests.unit.obligations.policies import DAY, HOUR, asset, placement, policy

LOCAL = placement("local")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Source(files=FilesSource(include=("/srv",))), "incremental (each backup restores alone)"),
        (Source(files=FilesSource(include=("/srv",), full_every=7 * DAY)), "incremental, read in full every 7d"),
        (Source(postgresql=PostgresqlSource(host="db", database="wiki")), "postgresql dump"),
    ],
)
def test_the_strategy_follows_from_the_source(source: Source, words: str) -> None:
    assert strategy_of(asset("wiki", LOCAL, source=source), LOCAL) == words


def test_what_lands_from_another_repository_is_a_copy() -> None:
    copied = placement("nas", "local")
    assert strategy_of(asset("wiki", LOCAL, copied), copied) == "copy of local"


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (Schedule(), "every 40m"),
        (Schedule(cron="30 2 * * *"), "cron 30 2 * * *"),
        (Schedule(window=Window(cron="0 1 * * *", duration=3 * HOUR)), "in the window of cron 0 1 * * * for 3h"),
    ],
)
def test_the_frequency_is_the_schedule_or_follows_from_the_rpo(schedule: Schedule, words: str) -> None:
    wiki = asset("wiki", LOCAL, schedule=schedule)
    assert frequency_of(wiki, policy(wiki)) == words


def test_the_retention_names_each_rule_that_keeps_something() -> None:
    rules = RetentionSpec(daily=7, weekly=-1, within=CalendarDuration(days=30))
    assert sorted(retention_text(rules).split(", ")) == ["daily 7", "weekly all", "within 30d"]


def test_times_are_short() -> None:
    quarter = timedelta(minutes=15)
    wiki = asset("wiki", placement("local", rpo=quarter), schedule=Schedule(spread=timedelta(seconds=1)))
    assert frequency_of(wiki, policy(wiki)) == "every 10m"
