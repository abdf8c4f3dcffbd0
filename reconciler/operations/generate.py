"""Writes what is made from the code, schemas and reference pages: ``python -m reconciler.operations.generate``."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from reconciler.policy.models.kinds import KINDS
from reconciler.policy.reference import kinds_page, rules_page
from reconciler.policy.schema import Schema, schema_of, schema_of_files
from reconciler.views.plan_json import plan_schema

ROOT = Path(__file__).resolve().parents[2]


def as_json(schema: Schema) -> str:
    """A schema as its file holds it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _kind(kind: str) -> str:
    return as_json(schema_of(kind))


def _dashed(kind: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind).lower()


GENERATED: Mapping[str, Callable[[], str]] = {
    **{f"schemas/{_dashed(kind)}.json": partial(_kind, kind) for kind in KINDS},
    "schemas/policy-file.json": lambda: as_json(schema_of_files()),
    "schemas/plan.json": lambda: as_json(plan_schema()),
    "docs/rules.md": rules_page,
    "docs/kinds.md": kinds_page,
}
"""Path below the project → what makes its text. A new generated file is one line here."""


def generate(root: Path) -> list[str]:
    """Write every generated file below ``root``; return the paths whose text changed."""
    changed = []
    for name, make in GENERATED.items():
        path, text = root / name, make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        changed.append(name)
    return changed


if __name__ == "__main__":
    for name in generate(ROOT):
        sys.stdout.write(f"{name}\n")
