"""Policies changed at random and bytes without sense: a policy or errors, in no time, never a crash."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from reconciler.policy.documents import PolicyFile
from tests.faults.mutations import mutated_bytes, mutated_policy
from tests.faults.policy_cases import brackets, retention
from tests.faults.recording import Witness
from tests.faults.wringing import EXAMPLE_FILES, Wringer
from tests.unit.policy.writing import EVERYTHING, together

SPECIAL = """
apiVersion: backup/v1
kind: BackupRequest
metadata: {name: before-upgrade-42}
spec: {asset: documentation, reason: before the wiki upgrade, keepUntil: 2027-03-01}
---
apiVersion: backup/v1
kind: Hold
metadata: {name: audit-2026}
spec: {select: {assets: [audit-logs]}, reason: the auditor asked, expires: 2027-06-30}
---
apiVersion: backup/v1
kind: Suspension
metadata: {name: nas-moves}
spec: {select: {repositories: [nas]}, actions: [backup, prune], reason: it moves, expires: 2026-12-01T08:00:00Z}
---
apiVersion: backup/v1
kind: Decommission
metadata: {name: old-forum}
spec: {asset: old-forum, last: 2027-01-31, owner: platform, reason: the forum was closed}
"""
POLICY = [*EXAMPLE_FILES, PolicyFile("special.yaml", SPECIAL.encode())]
SEEDS = (
    *(file.content for file in POLICY),
    *(text.encode() for text in EVERYTHING),
    together(*EVERYTHING).encode(),
    retention(),
    next(iter(brackets(0))).content[:3000],
    b"",
)
STRINGS, POLICIES = 50_000, 1_000
"""In each sweep: twenty of the first make the million, ten of the second the ten thousand."""


def strings(seed: int, number: int) -> Iterator[list[PolicyFile]]:
    """So many files, each of them alone: a known text with bytes changed, at times nothing but noise."""
    choose = Random(seed)
    for _ in range(number):
        if choose.random() < 0.05:
            content = choose.randbytes(choose.randint(0, 300))
        else:
            content = mutated_bytes(choose.choice(SEEDS), choose, SEEDS)
        yield [PolicyFile("a.yaml", content)]


def policies(seed: int, number: int) -> Iterator[list[PolicyFile]]:
    """So many policies, each the example with something changed."""
    choose = Random(seed)
    known = {file.content: f"blob {index}" for index, file in enumerate(POLICY)}
    for _ in range(number):
        files = mutated_policy(POLICY, choose)
        yield [PolicyFile(file.path, file.content, known.get(file.content, "")) for file in files]


def sweeps(quick: int, number: int, seeds: int) -> list[object]:
    """A few inputs of a seed with the ordinary tests, so many of each seed in the sweep."""
    sweep = [pytest.param(seed, number, marks=pytest.mark.sweep, id=f"seed {seed}") for seed in range(1, seeds + 1)]
    return [pytest.param(0, quick, id="quick"), *sweep]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("seed", "number"), sweeps(2_000, STRINGS, 20))
def test_no_string_of_bytes_crashes_the_loader_or_costs_much(seed: int, number: int, witness: Witness) -> None:
    with Wringer("load") as wringer:
        found = wringer.wring(strings(seed, number), seed)
    witness.count("strings", found.inputs)
    assert found.faults == [], "\n\n".join(found.faults[:5])
    assert found.inputs == number


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("seed", "number"), sweeps(100, POLICIES, 10))
def test_no_changed_policy_breaks_reading_comparing_enforcing_or_planning(
    seed: int, number: int, witness: Witness
) -> None:
    with Wringer("whole") as wringer:
        found = wringer.wring(policies(seed, number), seed)
    witness.count("changed policies", found.inputs)
    witness.count("of them valid", found.policies)
    assert found.faults == [], "\n\n".join(found.faults[:5])
    assert found.policies > number // 10, "hardly any of them came as far as planning"
    assert found.policies < number


@pytest.mark.parametrize(
    ("input", "told"),
    [
        (b"crash", "the child ended with -6"),
        (b"hang", "the child ended with -24"),
        (b"hog", "MemoryError"),
        (b"large", "it took 3"),
        (b"raise", "LookupError: raised on purpose"),
    ],
)
def test_what_misbehaves_is_told_by_its_input_and_the_rest_goes_on(input: bytes, told: str, tmp_path: Path) -> None:
    sound = [PolicyFile("a.yaml", b"sound")]
    with Wringer("misbehave", most_cpu=1) as wringer:
        found = wringer.wring([sound, [PolicyFile("a.yaml", input)], sound, sound], "of this test")
    assert found.inputs == 4
    assert found.policies >= 3
    [fault] = found.faults
    assert fault.startswith("seed of this test: ")
    assert told in fault
