"""Policy files as an enemy or an accident would write them: a problem on one line, in no time, never a crash."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.policy.documents import PolicyFile
from reconciler.policy.load import load_policy
from reconciler.policy.rules import RULES
from tests.faults.policy_cases import CASES, EXAMPLE

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 24)
MANY = settings().max_examples
FILES = [PolicyFile(str(path.relative_to(EXAMPLE)), path.read_bytes()) for path in sorted(EXAMPLE.rglob("*.yaml"))]


@pytest.fixture(scope="module")
def outcomes() -> dict[str, dict[str, Any]]:
    """What the child process told of every case; a case that killed its fork says so."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.policy_cases"], cwd=ROOT, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Traceback" not in done.stderr, done.stderr[-2000:]
    return {found["name"]: found for found in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_policy_is_a_problem_and_never_a_crash(name: str, outcomes: dict[str, dict[str, Any]]) -> None:
    found = outcomes[name]
    assert "died" not in found, f"the interpreter ended with {found.get('died')}"
    _, rule = CASES[name]
    assert not found["policy"]
    assert set(found["rules"]) <= set(RULES)
    assert rule in found["rules"] if rule else found["rules"]
    assert found["lines"] == []
    assert found["seconds"] < 1, "it takes too long"
    assert found["mebibytes"] < 256, "it takes too much memory"


def load(files: list[PolicyFile]) -> None:
    """Any content gives a policy or errors, and problems that are known rules on one line each."""
    found = load_policy(files, today=TODAY, local_host="here")
    assert (found.policy is None) == bool(found.errors)
    for problem in found.problems:
        assert problem.rule in RULES
        assert "\n" not in str(problem)
        assert problem.place.line >= 1
        assert problem.place.column >= 1


JUNK = st.sampled_from(
    [
        *[
            "[",
            "{",
            "}",
            "&a",
            "*a",
            "!!str",
            "~",
            "null",
            "-1",
            "1h",
            "true",
            "''",
            "?",
            "%",
            "@",
            ":",
            "-",
            "|",
            ">",
            ",",
            "#",
        ],
        *("\x00", "\n\t", "\n---\n", "\n- ", ": ", "|\n", '"\\ud800"', "\ufeff", "\u202e", "\ud800", "9" * 400),
    ]
).map(lambda text: text.encode("utf-8", "surrogatepass"))


@st.composite
def mutations(draw: st.DrawFn) -> list[PolicyFile]:
    """The example with a few bytes, lines or pieces lost, doubled, moved or replaced in a few files."""
    files = list(FILES)
    for _ in range(draw(st.integers(1, 4))):
        index = draw(st.integers(0, len(files) - 1))
        content = files[index].content
        begin = draw(st.integers(0, len(content)))
        end = min(len(content), begin + draw(st.integers(0, 40)))
        piece = content[begin:end]
        change = draw(st.sampled_from(["lose", "double", "replace", "insert", "move", "drop line", "swap lines"]))
        lines = content.splitlines(keepends=True)
        first = draw(st.integers(0, max(len(lines) - 1, 0)))
        second = draw(st.integers(0, max(len(lines) - 1, 0)))
        match change:
            case "lose":
                content = content[:begin] + content[end:]
            case "double":
                content = content[:end] + piece + content[end:]
            case "replace":
                content = content[:begin] + draw(JUNK) + content[end:]
            case "insert":
                content = content[:begin] + draw(JUNK | st.binary(max_size=8)) + content[begin:]
            case "move":
                content = piece + content[:begin] + content[end:]
            case "drop line" if lines:
                content = b"".join(lines[:first] + lines[first + 1 :])
            case "swap lines" if lines:
                lines[first], lines[second] = lines[second], lines[first]
                content = b"".join(lines)
        files[index] = PolicyFile(files[index].path, content)
    return files


@settings(max_examples=3 * MANY)
@given(mutations())
def test_no_mutation_of_the_example_raises(files: list[PolicyFile]) -> None:
    load(files)


WORDS = st.sampled_from(["apiVersion", "backup/v1", "kind", "Policy", "Tier", "metadata", "name", "spec", "rpo", "1h"])
SCALARS = WORDS | st.text(max_size=12) | st.none() | st.integers() | st.booleans() | st.floats(allow_nan=False)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=6), inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=3 * MANY)
@given(st.sampled_from(["Policy", "Tier", "Asset", "Repository", "Alert", "Hold"]), TREES, TREES)
def test_no_tree_in_the_place_of_a_document_raises(kind: str, metadata: object, spec: object) -> None:
    document = {"apiVersion": "backup/v1", "kind": kind, "metadata": metadata, "spec": spec}
    load([*FILES, PolicyFile("z.yaml", json.dumps(document, ensure_ascii=True).encode())])


@settings(max_examples=3 * MANY)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_at_all_raise(content: bytes) -> None:
    load([PolicyFile("a.yaml", content)])
