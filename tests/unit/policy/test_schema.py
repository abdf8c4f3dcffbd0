"""The JSON Schemas: fresh, true to the reader, and described key by key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import jsonschema
import pytest
import yaml
from pydantic import BaseModel

from reconciler.operations.generate import GENERATED, ROOT, generate
from reconciler.policy.documents import PolicyFile
from reconciler.policy.models.document import Metadata
from reconciler.policy.models.kinds import KINDS
from reconciler.policy.read import read_file
from reconciler.policy.schema import models_in, schema_of, schema_of_files
from reconciler.policy.words import WORDS
from tests.unit.policy.writing import ALERT, ASSET, CONTACT, EVERYTHING, LOCAL, POLICY, RETENTION, TIER

EXAMPLE = sorted((ROOT / "policies").rglob("*.yaml"))


class EditorLoader(yaml.SafeLoader):
    """YAML 1.2's core types, as an editor's server reads them: a date is text, and so are yes and 12:30."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


for tag, pattern, first in (
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("tag:yaml.org,2002:int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("tag:yaml.org,2002:float", r"^[-+]?[0-9]+\.[0-9]*$", list("-+0123456789")),
):
    EditorLoader.add_implicit_resolver(tag, re.compile(pattern), first)


def as_an_editor_sees(text: str) -> list[Any]:
    return [document for document in yaml.load_all(text, Loader=EditorLoader) if document is not None]


def complaints(document: Any) -> list[str]:
    """What the schema of every file says; the schema of the document's kind must say as much."""
    whole = jsonschema.Draft7Validator(schema_of_files())
    found = [error.message for error in whole.iter_errors(document)]
    kind = document.get("kind")
    if kind in KINDS:
        assert bool(found) == (not jsonschema.Draft7Validator(schema_of(kind)).is_valid(document))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_each_schema_is_a_schema(kind: str) -> None:
    jsonschema.Draft7Validator.check_schema(schema_of(kind))


def test_the_schema_of_files_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(schema_of_files())


def test_there_is_no_schema_of_an_unknown_kind() -> None:
    with pytest.raises(KeyError):
        schema_of("Teir")


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLE, ids=lambda path: path.name)
def test_the_example_is_right_in_an_editor(path: Path) -> None:
    for document in as_an_editor_sees(path.read_text()):
        assert complaints(document) == []


@pytest.mark.parametrize("text", EVERYTHING)
def test_what_the_reader_takes_is_right_in_an_editor(text: str) -> None:
    (document,) = as_an_editor_sees(text)
    assert complaints(document) == []


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (RETENTION, "daily: 7", "dialy: 7"),
        (RETENTION, "daily: 7", "daily: -2"),
        (RETENTION, "{daily: 7}", "{}"),
        (TIER, "rpo: 24h", "rpo: 24"),
        (TIER, "rpo: 24h, ", ""),
        (TIER, "rpo: 24h", "rpo:  "),
        (TIER, "retention: week", "retention: week, encryption: require"),
        (TIER, "name: gold", "name: Gold"),
        (LOCAL, "local: {path: /srv/backup/local}", ""),
        (LOCAL, "{env: PASSPHRASE}", "{env: PASSPHRASE, file: /x}"),
        (CONTACT, "email: platform@example.org", "role: nobody"),
        (ALERT, "[breached]", "[broken]"),
        (ASSET, "source: {files: {include: [/srv/wiki]}}", "source: {}"),
        (ASSET, "[/srv/wiki]", "/srv/wiki"),
        (ASSET, "tier: gold", "tier: gold\n  expect: {maximumShrink: 50}"),
        (POLICY, "kind: Policy", "kind: Policies"),
        (POLICY, "backup/v1", "backup/v2"),
        (POLICY, "spec:", "extra: 1\nspec:"),
    ],
)
def test_what_the_reader_refuses_is_wrong_in_an_editor(text: str, old: str, new: str) -> None:
    wrong = text.replace(old, new, 1)
    assert wrong != text
    assert read_file(PolicyFile("a.yaml", wrong.encode())).problems
    (document,) = as_an_editor_sees(wrong)
    assert complaints(document)


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (RETENTION, "daily: 7", "daily: '7'"),
        (TIER, "name: gold", "name: 42"),
        (TIER, "name: gold", "name: gold, labels: {year: 2026, live: true, version: 1.5}"),
        (ASSET, "/srv/wiki]}", "/srv/wiki], oneFileSystem: 'true', excludeCaches: false}"),
        (CONTACT, "email:", "role: 2026, email:"),
    ],
)
def test_scalars_that_the_reader_takes_as_text_are_right_in_an_editor(text: str, old: str, new: str) -> None:
    right = text.replace(old, new, 1)
    assert right != text
    assert read_file(PolicyFile("a.yaml", right.encode())).problems == ()
    (document,) = as_an_editor_sees(right)
    assert complaints(document) == []


def test_every_key_of_every_kind_has_words_and_no_words_are_left_over() -> None:
    models: dict[str, type[BaseModel]] = {
        model.__name__: model for root in (Metadata, *KINDS.values()) for model in models_in(root)
    }
    keys = {name: {f.alias or key for key, f in model.model_fields.items()} for name, model in models.items()}
    assert {name: set(words) for name, words in WORDS.items()} == keys


def test_defaults_are_shown_as_people_write_them() -> None:
    definitions: Any = schema_of("Tier")["definitions"]
    assert definitions["TierSpec"]["properties"]["initialWithin"]["default"] == "7d"


@pytest.mark.parametrize("name", GENERATED)
def test_what_is_generated_is_fresh(name: str) -> None:
    """When this fails: `make generate`, and commit what changed."""
    assert (ROOT / name).read_text(encoding="utf-8") == GENERATED[name]()


def test_generating_writes_only_what_changed(tmp_path: Path) -> None:
    assert generate(tmp_path) == list(GENERATED)
    assert generate(tmp_path) == []
    (tmp_path / "schemas/tier.json").write_text("{}")
    assert generate(tmp_path) == ["schemas/tier.json"]
