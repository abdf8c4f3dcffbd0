"""The reference pages: every kind with its keys, and every rule, as Markdown made from the code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from reconciler.policy.models.kinds import KINDS
from reconciler.policy.rules import RULES
from reconciler.policy.schema import Schema, schema_of
from reconciler.policy.sentences import phrased_pattern

_MADE = "<!-- Made by `make generate`; edit the code instead. -->"


def rules_page() -> str:
    """docs/rules.md."""
    rows = "\n".join(f"| `{rule}` | {words} |" for rule, words in RULES.items())
    return (
        f"# Rules\n\n{_MADE}\n\nWhat `reconciler validate` holds a policy to. An error keeps the policy from being "
        "enforced, and the one enforced before stays; a warning is only shown.\n\n"
        f"| rule | what it holds a policy to |\n| --- | --- |\n{rows}\n"
    )


def kinds_page() -> str:
    """docs/kinds.md."""
    parts = [
        f"# Kinds\n\n{_MADE}\n\nEvery document has `apiVersion: backup/v1`, a `kind`, `metadata` and a `spec`. "
        "Unknown keys are errors. Durations are written `90s 15m 1h 7d 4w`, sizes `1MiB`, shares `20%`.\n"
    ]
    told: set[str] = set()
    for kind in ("Policy", *(kind for kind in KINDS if kind != "Policy")):
        definitions = cast(dict[str, Schema], schema_of(kind)["definitions"])
        name = KINDS[kind].__name__
        parts.append(f"\n## {kind}\n\n{definitions[name]['description']}\n\n{_table(definitions[name])}")
        for inner in _reached(name, definitions):
            if inner not in told:
                told.add(inner)
                schema = definitions[inner]
                parts.append(f"\n### {inner}\n\n{schema['description']}\n\n{_table(schema)}")
    metadata = cast(dict[str, Schema], schema_of("Policy")["definitions"])["Metadata"]
    parts.append(f"\n## Metadata\n\n{metadata['description']}\n\n{_table(metadata)}")
    return "".join(parts)


def _reached(name: str, definitions: dict[str, Schema]) -> list[str]:
    """The definitions that this one leads to, nearest first, each once."""
    found: list[str] = []
    waiting = [name]
    while waiting:
        for schema in cast(dict[str, Schema], definitions[waiting.pop(0)]["properties"]).values():
            inner = _reference(schema)
            if inner and inner not in found:
                found.append(inner)
                waiting.append(inner)
    return found


def _table(schema: Schema) -> str:
    required = cast(list[str], schema.get("required", []))
    rows = [
        f"| `{key}`{' *' if key in required else ''} | {_type(value)} | {_default(value)} | {value['description']} |"
        for key, value in cast(dict[str, Schema], schema["properties"]).items()
    ]
    return "| key (* needed) | value | default | meaning |\n| --- | --- | --- | --- |\n" + "\n".join(rows) + "\n"


def _reference(schema: Schema) -> str | None:
    for part in _parts(schema):
        if "$ref" in part:
            return str(part["$ref"]).rpartition("/")[2]
    return None


def _parts(schema: Schema) -> Iterator[Schema]:
    yield schema
    items = schema.get("items")
    if isinstance(items, dict):
        yield items
    yield from cast(list[Schema], schema.get("allOf", []))


def _type(schema: Schema) -> str:
    inner = _reference(schema)
    many = " list" if schema.get("type") == "array" else ""
    if inner:
        return f"[{inner}](#{inner.lower()}){many}"
    items = schema.get("items")
    return f"{_word(items if isinstance(items, dict) else schema)}{many}"


def _word(schema: Schema) -> str:
    if "enum" in schema:
        return " ".join(f"`{word}`" for word in cast(list[str], schema["enum"]))
    if "const" in schema:
        return f"`{schema['const']}`"
    if "examples" in schema:
        return "like " + " ".join(f"`{example}`" for example in cast(list[str], schema["examples"]))
    if "additionalProperties" in schema:
        return "labels"
    match schema.get("type"), schema.get("format"):
        case _, "date":
            return "like `2027-03-01`"
        case _, "date-time":
            return "like `2026-12-01T08:00:00Z`"
        case ["integer", *_], _:
            return "number"
        case ["boolean", *_], _:
            return "`true` `false`"
    return phrased_pattern(str(schema.get("pattern", ""))) or "text"


def _default(schema: Schema) -> str:
    value = schema.get("default")
    if value is None:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
