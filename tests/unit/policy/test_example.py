"""The example policy: it is the README's, so it is right, complete and tells no warning."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from reconciler.policy.documents import Loaded, PolicyFile
from reconciler.policy.load import load_policy
from reconciler.policy.models.kinds import KINDS
from reconciler.policy.models.retention import RetentionSpec

FOLDER = Path(__file__).parents[3] / "policies"
PATHS = sorted(FOLDER.rglob("*.yaml"))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def example(uncomment: bool = False) -> Loaded:
    files = []
    for path in PATHS:
        text = path.read_text()
        if uncomment and path.name in ("exceptions.yaml", "wiki-db.yaml"):
            text = re.sub(r"^# (?=[a-z -])(?!yaml-language)", "", text, flags=re.MULTILINE)
        files.append(PolicyFile(str(path.relative_to(FOLDER)), text.encode()))
    return load_policy(files, today=date(2026, 11, 24), local_host="laptop")


def test_the_example_has_nothing_wrong() -> None:
    loaded = example()
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.policy is not None
    assert set(loaded.policy.assets) == {"etc", "documentation", "credentials", "devcontainers", "audit-logs"}


def test_the_tiers_are_the_process_s_own() -> None:
    loaded = example()
    tiers = {d.metadata.name: d.spec.model_dump() for d in loaded.documents if d.kind == "Tier"}
    assert {name: (tier["rpo"], tier["rto"]) for name, tier in tiers.items()} == {
        "tier-1": ("1h", "4h"),
        "tier-2": ("1d", "1d"),
        "tier-3": ("7d", "3d"),
    }
    gfs = next(d.spec for d in loaded.documents if d.kind == "Retention" and d.metadata.name == "gfs")
    assert gfs == RetentionSpec(daily=7, weekly=4, monthly=12, yearly=7)


def test_what_is_commented_out_is_right_too_and_every_kind_is_shown() -> None:
    loaded = example(uncomment=True)
    assert [str(problem) for problem in loaded.errors] == []
    assert {document.kind for document in loaded.documents} == set(KINDS)
    assert {problem.rule for problem in loaded.problems} == {"source-later"}


def test_every_document_names_its_schema_and_the_schema_is_there() -> None:
    """An editor's server looks for the comment in each document, not only at the top of the file."""
    for path in PATHS:
        for document in path.read_text().split("\n---\n"):
            match = re.match(r"# yaml-language-server: \$schema=(\S+)\n", document)
            assert match, path
            assert (path.parent / match[1]).resolve() == FOLDER.parent / "schemas/policy-file.json"
            assert (path.parent / match[1]).exists()
