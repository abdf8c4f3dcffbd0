"""JSON Schemas of the policy's kinds, as an editor's YAML server understands them (draft 07).

An editor sees ``7`` as a number where the reader takes text, so the types here admit what an editor sees.
"""

from __future__ import annotations

import re
from typing import cast

from pydantic import BaseModel, JsonValue
from pydantic.json_schema import models_json_schema

from reconciler.policy.models.document import API_VERSION, Metadata
from reconciler.policy.models.kinds import KINDS
from reconciler.policy.sentences import model_in
from reconciler.policy.words import WORDS

DIALECT = "http://json-schema.org/draft-07/schema#"
Schema = dict[str, JsonValue]

# What the models' own validators demand, which no field can say.
_EXACTLY_ONE = ("Location", "Source", "Provider", "SecretReference", "Verify")
_SHAPES: dict[str, Schema] = {
    **{name: {"minProperties": 1, "maxProperties": 1} for name in _EXACTLY_ONE},
    "RetentionSpec": {"minProperties": 1},
    "GitSource": {"minProperties": 1},
    "ContactSpec": {"anyOf": [{"required": ["email"]}, {"required": ["phone"]}]},
    "Schedule": {"not": {"required": ["cron", "window"]}},
}


def schema_of(kind: str) -> Schema:
    """The schema of one document of that kind. Raises KeyError when there is no such kind."""
    definitions = _definitions([Metadata, KINDS[kind]])
    return {"$schema": DIALECT, **_document(kind), "definitions": cast(JsonValue, definitions)}


def schema_of_files() -> Schema:
    """The schema of any document in a policy file: the kind decides which one."""
    definitions = _definitions([Metadata, *KINDS.values()])
    return {
        "$schema": DIALECT,
        "title": "Policy file",
        "description": "One document of a backup policy; a file holds any number, divided by ---.",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"enum": list[JsonValue](KINDS), "description": "What this document is about."},
        },
        "allOf": [
            {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": _document(kind)}
            for kind in KINDS
        ],
        "definitions": cast(JsonValue, definitions),
    }


def _document(kind: str) -> Schema:
    return {
        "title": kind,
        "description": _sentence(KINDS[kind]),
        "type": "object",
        "additionalProperties": False,
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": kind},
            "metadata": {"$ref": "#/definitions/Metadata"},
            "spec": {"$ref": f"#/definitions/{KINDS[kind].__name__}"},
        },
    }


def _definitions(models: list[type[BaseModel]]) -> dict[str, Schema]:
    """Every model that these reach, by name."""
    _, together = models_json_schema(
        [(model, "validation") for model in models], by_alias=True, ref_template="#/definitions/{model}"
    )
    found = cast(dict[str, Schema], together["$defs"])
    classes = {model.__name__: model for root in models for model in models_in(root)}
    return {name: _definition(classes[name], schema) for name, schema in sorted(found.items())}


def models_in(root: type[BaseModel]) -> list[type[BaseModel]]:
    """A model and every model that its fields lead to."""
    found = [root]
    for model in found:
        inner = (model_in(field.annotation) for field in model.model_fields.values())
        found += dict.fromkeys(each for each in inner if each and each not in found)
    return found


def _definition(model: type[BaseModel], schema: Schema) -> Schema:
    seen = cast(Schema, _as_seen({**schema, **_SHAPES.get(model.__name__, {})}))
    words = WORDS.get(model.__name__, {})
    # As people write them: pydantic's own schema shows a duration as P7D.
    defaults = model.model_construct().model_dump(mode="json", by_alias=True, exclude_none=True, warnings=False)
    properties = {
        key: _described(value, words.get(key, ""), cast(JsonValue, defaults.get(key)))
        for key, value in cast(dict[str, Schema], seen["properties"]).items()
    }
    return {**seen, "properties": cast(JsonValue, properties)}


def _described(schema: Schema, words: str, default: JsonValue) -> Schema:
    # Draft 07 overlooks what stands beside a reference, so that goes one level down.
    if "$ref" in schema:
        return {"description": words, "allOf": [{"$ref": schema["$ref"]}]}
    shown = {"default": default} if isinstance(default, str | int | bool) else {}
    return {"description": words, **schema, **shown}


def _as_seen(schema: JsonValue) -> JsonValue:
    """The schema as an editor should hold a file to: nothing may be null, and scalars as YAML gives them."""
    if isinstance(schema, list):
        return [_as_seen(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    seen = {key: _as_seen(value) for key, value in schema.items() if not _is_noise(key, value)}
    variants = seen.get("anyOf")
    if isinstance(variants, list) and {"type": "null"} in variants:
        rest = [variant for variant in variants if variant != {"type": "null"}]
        del seen["anyOf"]
        seen |= rest[0] if len(rest) == 1 and isinstance(rest[0], dict) else {"anyOf": rest}
    if isinstance(seen.get("description"), str):
        seen["description"] = str(seen["description"]).replace("``", "")
    return _scalar_as_seen(seen)


def _is_noise(key: str, value: JsonValue) -> bool:
    """pydantic's titles repeat the names, and its defaults come back as people write them."""
    return key == "default" or (key == "title" and isinstance(value, str))


def _scalar_as_seen(schema: Schema) -> Schema:
    match schema.get("type"):
        case "integer":
            return {**schema, "type": ["integer", "string"], "pattern": "^(-1|0|[1-9][0-9]*)$"}
        case "boolean":
            return {**schema, "type": ["boolean", "string"], "pattern": "^(true|false)$"}
        case "string" if not ({"enum", "const", "format"} & schema.keys()):
            pattern = schema.get("pattern", "")
            if re.search(str(pattern), "42"):
                return {**schema, "type": ["string", "number", "boolean"]}
    return schema


def _sentence(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").replace("``", "").split())
