"""A page's block takes the backup that identification and the page's list say, asked of real restic by real bash."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from reconciler.observed.identify import Ownership, identify
from reconciler.observed.listing import Snapshot
from reconciler.policy.models.asset import Adopt
from reconciler.recovery.finding import Flaw, Search, finding_step
from tests.lab.repositories import CheapRepository, ForgedSnapshot, forge_snapshots
from tests.lab.require import require

START = datetime(2026, 1, 1, tzinfo=UTC)
PATHS = ("/srv/a & b <c>", '/srv/"quoted" \\ back', "/srv", "/srv/a}b]c", "/srv/ñ 日本")
HOSTS = ("old", "older", "o.d")
TAGS = (
    ("asset=test/docs",),
    ("asset=test/other",),
    ("asset=test/gone",),
    ("asset=elsewhere/docs",),
    ("asset=test/other", "asset=test/docs"),
    ("asset=test/docs", "asset=test/other"),
    ('x"asset=test/docs', "}"),
    ("other=asset=test/docs",),
    (),
    (),
)
RULE = Adopt(host="old", paths=(PATHS[0], PATHS[1], PATHS[3]))
OWNERSHIP = Ownership.from_rules("test", {"docs": RULE, "other": None})
SEARCH = Search("test/docs", RULE, ("test/other",))
OURS = ("asset=test/docs",)


def _find(repository: CheapRepository, search: Search, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [require("bash"), "--norc", "-c", finding_step(search).command],
        env={"PATH": "/usr/bin:/bin", "TZ": "UTC", **repository.environment, **more},
        capture_output=True,
        text=True,
        timeout=60,
    )


def _forged(repository: CheapRepository, *entries: ForgedSnapshot) -> list[str]:
    return forge_snapshots(repository.path, repository.password, entries)


def _taken(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    return last.removeprefix("using backup ")[:64]


def _random_snapshots(chance: random.Random, count: int) -> Iterable[ForgedSnapshot]:
    for number in range(count):
        exact = chance.random() < 0.3
        some = list(RULE.paths) if exact else chance.sample(PATHS, chance.randint(1, len(PATHS)))
        chance.shuffle(some)
        yield ForgedSnapshot(
            time=(START + timedelta(hours=chance.randint(0, 5000), seconds=number)).astimezone(
                timezone(timedelta(hours=chance.randint(-11, 12)))
            ),
            tags=chance.choice(TAGS),
            hostname=chance.choice(HOSTS),
            paths=tuple(some + chance.sample(some, chance.randint(0, 1))),
            files=1 if chance.random() < 0.5 else None,
        )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("adopting", [True, False], ids=["adopting", "by tag alone"])
def test_the_block_takes_exactly_what_identification_gives(
    seed: int, adopting: bool, cheap_repository: CheapRepository
) -> None:
    chance = random.Random(seed)
    entries = list(_random_snapshots(chance, 60))
    ids = _forged(cheap_repository, *entries)
    ownership = OWNERSHIP if adopting else Ownership("test", frozenset({"docs", "other"}))
    ours = [
        (entry.time, key)
        for key, entry in zip(ids, entries, strict=True)
        if identify(Snapshot(key, entry.time, entry.hostname, entry.paths, entry.tags), ownership).asset == "docs"
    ]
    search = SEARCH if adopting else Search("test/docs")
    by_age = [key for _, key in sorted(ours, reverse=True)]
    assert _taken(_find(cheap_repository, search)) == by_age[0]
    flaws = tuple(Flaw(key, "bad", chance.random() < 0.5) for key in by_age[:3])
    done = _find(cheap_repository, Search(search.identity, search.adopt, search.others, flaws))
    assert _taken(done) == by_age[3]
    assert len(done.stdout.splitlines()) == 4
    assert {key for key in by_age[:3] if f"passed over {key}," in done.stdout} == set(by_age[:3])


def _three(repository: CheapRepository) -> list[str]:
    """The oldest first, from three hosts and paths: restic's ``--latest`` takes each apart."""
    return _forged(
        repository,
        *(
            ForgedSnapshot(START + timedelta(days=day), OURS, f"host{day}", (f"/srv/{day}",), files=1)
            for day in range(3)
        ),
    )


def test_the_newest_is_taken_though_the_asset_moved_to_another_host_and_path(cheap_repository: CheapRepository) -> None:
    done = _find(cheap_repository, Search("test/docs"))
    assert done.returncode != 0
    assert "the repository lists no backup of this asset" in done.stderr
    [_, _, newest] = _three(cheap_repository)
    done = _find(cheap_repository, Search("test/docs"))
    assert done.stdout == f"using backup {newest}, taken 2026-01-03 00:00 UTC\n"


def test_a_known_bad_newest_is_passed_over_and_the_block_says_why(cheap_repository: CheapRepository) -> None:
    [_, good, bad] = _three(cheap_repository)
    done = _find(cheap_repository, Search("test/docs", flaws=(Flaw(bad, "found bad: do not use it"),)))
    assert done.stdout == (
        f"passed over {bad}, taken 2026-01-03 00:00 UTC: found bad: do not use it\n"
        f"using backup {good}, taken 2026-01-02 00:00 UTC\n"
    )


def test_an_older_bad_one_is_not_worth_a_word(cheap_repository: CheapRepository) -> None:
    [_, bad, newest] = _three(cheap_repository)
    done = _find(cheap_repository, Search("test/docs", flaws=(Flaw(bad, "bad"),)))
    assert done.stdout == f"using backup {newest}, taken 2026-01-03 00:00 UTC\n"


def test_a_degraded_one_is_taken_when_there_is_nothing_better_and_the_block_says_so(
    cheap_repository: CheapRepository,
) -> None:
    [first, second, third] = _three(cheap_repository)
    poor = "some files are missing"
    flaws = (Flaw(first, poor, usable=True), Flaw(second, poor, usable=True), Flaw(third, "bad"))
    done = _find(cheap_repository, Search("test/docs", flaws=flaws))
    assert done.stdout == (
        f"passed over {third}, taken 2026-01-03 00:00 UTC: bad\n"
        f"using backup {second}, taken 2026-01-02 00:00 UTC: {poor}; no better one is listed here\n"
    )


def test_nothing_is_taken_when_all_are_known_as_bad(cheap_repository: CheapRepository) -> None:
    ids = _three(cheap_repository)
    search = Search("test/docs", flaws=tuple(Flaw(one, "found bad") for one in ids))
    done = _find(cheap_repository, search)
    assert done.returncode != 0
    assert "every backup listed here is known as bad: try another repository" in done.stderr
    assert all(f"passed over {one}," in done.stdout for one in ids)
    assert _taken(_find(cheap_repository, search, BACKUP=ids[0])) == ids[0], "a person may insist"


def test_what_is_dated_in_the_future_of_this_machine_is_taken_last(cheap_repository: CheapRepository) -> None:
    [good, _] = _forged(
        cheap_repository,
        ForgedSnapshot(START, OURS, files=1),
        ForgedSnapshot(datetime(2099, 1, 1, tzinfo=UTC), OURS, files=1),
    )
    done = _find(cheap_repository, Search("test/docs"))
    assert _taken(done) == good
    assert "dated in the future" in done.stdout


@pytest.mark.parametrize("broken", ["RESTIC_PASSWORD_FILE", "RESTIC_REPOSITORY"])
def test_a_listing_that_fails_is_not_taken_for_an_empty_one(broken: str, cheap_repository: CheapRepository) -> None:
    _three(cheap_repository)
    done = _find(cheap_repository, Search("test/docs"), **{broken: "/nowhere"})
    assert done.returncode != 0
    assert "restic could not list the backups" in done.stderr
