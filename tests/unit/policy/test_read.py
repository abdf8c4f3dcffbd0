"""One file: every fault told with its place, a rule and a sentence, all at once."""

from __future__ import annotations

from textwrap import dedent

import pytest

from reconciler.policy.documents import PolicyFile, Problem
from reconciler.policy.read import MOST_PROBLEMS, FileReading, read_file
from reconciler.policy.rules import RULES
from tests.unit.policy.writing import ASSET, CONTACT, TIER, together


def reading(text: str, path: str = "a.yaml") -> FileReading:
    return read_file(PolicyFile(path, dedent(text).encode()))


def problems(text: str) -> list[str]:
    found = reading(text).problems
    assert all(problem.rule in RULES for problem in found)
    return [str(problem) for problem in found]


def only(text: str) -> Problem:
    (problem,) = reading(text).problems
    return problem


def test_a_good_file_gives_its_documents_with_their_places() -> None:
    found = reading(together(ASSET, CONTACT))
    assert found.problems == ()
    asset, contact = found.documents
    assert (asset.kind, asset.metadata.name, str(asset.place)) == ("Asset", "wiki", "a.yaml:2:1")
    assert str(asset.at("spec", "repositories", 1, "copyOf")) == "a.yaml:11:27"
    assert str(asset.at("spec", "nothing")) == "a.yaml:5:1"
    assert str(contact.at("spec", "email")) == "a.yaml:16:15"


def test_a_misspelt_key_is_told_with_the_right_one() -> None:
    problem = only("apiVersion: backup/v1\nkind: Retention\nmetadata: {name: a}\nspec: {daily: 1, dialy: 7}")
    assert str(problem) == "a.yaml:4:18: error: spec.dialy: there is no such key; did you mean daily? [unknown-key]"


def test_a_key_in_the_inner_spelling_is_unknown() -> None:
    problem = only(CONTACT.replace("email:", "escalate_after: 1h, email:"))
    assert problem.rule == "unknown-key"
    assert "did you mean escalateAfter?" in problem.message


def test_a_missing_key_is_told_where_it_should_be() -> None:
    problem = only(TIER.replace("rto: 4h, ", ""))
    assert (problem.rule, problem.place.line, problem.message) == ("missing-key", 5, "spec.rto is missing")


@pytest.mark.parametrize(
    ("value", "rule", "words"),
    [
        ("12", "invalid-value", "not a duration: '12'"),
        ("-1h", "invalid-value", "not a duration"),
        ("[1h]", "invalid-value", "not a duration"),
        ("", "no-value", "spec.rpo has no value; write one or remove the key"),
        ("null", "no-value", "has no value"),
        ("9" * 5000, "invalid-value", "not a duration"),
        ("9" * 5000 + "h", "invalid-value", "not a duration"),
    ],
)
def test_a_wrong_value_is_told_at_the_value(value: str, rule: str, words: str) -> None:
    problem = only(TIER.replace("rpo: 24h", f"rpo: {value}").replace("{rpo", "{ rpo"))
    assert problem.rule == rule
    assert words in problem.message
    assert len(problem.message) < 400
    assert problem.place.line == 5


def test_a_bare_number_stands_in_for_no_unit() -> None:
    text = "apiVersion: backup/v1\nkind: Retention\nmetadata: {name: a}\nspec: {daily: %s}"
    assert reading(text % "7").problems == reading(text % '"7"').problems == ()
    for wrong in ("07", "7.0", "-2", "0x7", "1e3", "yes", "9" * 5000):
        assert only(text % wrong).rule == "invalid-value"


def test_what_should_be_a_list_or_a_mapping_is_told_so() -> None:
    assert only(ASSET.replace("[/srv/wiki]", "/srv/wiki")).message == (
        "spec.source.files.include must be a list, not '/srv/wiki'"
    )
    assert "must be a mapping (key: value), not a list" in only(TIER.replace("spec: {rpo", "spec: [{rpo") + "]").message


def test_a_word_from_a_list_is_told_with_the_list() -> None:
    problem = only(TIER.replace("retention: week", "retention: week, encryption: require"))
    assert problem.message == "spec.encryption: 'require' is not one of required, optional; did you mean required?"


def test_a_name_is_told_what_it_may_be() -> None:
    for name in ("-rf", "../x", "Wiki", "a b", "a" * 64, "a_b", "$(id)", "a/b"):
        problem = only(TIER.replace("name: gold", f"name: '{name}'"))
        assert "lower-case letters" in problem.message


def test_everything_wrong_is_told_at_once() -> None:
    text = """
        apiVersion: backup/v2
        kind: Asset
        metadata: {name: Wiki, colour: red}
        extra: 1
        spec:
          ovner: platform
          host: -rf
          tier:
          source: {files: {include: /etc}}
          repositories: [{name: local, copy: x}]
          expect: {maximumShrink: 50}
    """
    assert [(problem.place.line, problem.rule) for problem in reading(text).problems] == [
        (2, "api-version"),
        (4, "invalid-value"),
        (4, "unknown-key"),
        (5, "unknown-key"),
        (6, "missing-key"),
        (7, "unknown-key"),
        (8, "invalid-value"),
        (9, "no-value"),
        (10, "wrong-type"),
        (11, "unknown-key"),
        (12, "invalid-value"),
    ]


def test_one_wrong_document_does_not_hide_the_others() -> None:
    found = reading(together(TIER.replace("24h", "24"), CONTACT))
    assert [document.kind for document in found.documents] == ["Contact"]
    assert [(declared.kind, declared.name) for declared in found.declared] == [("Tier", "gold")]
    assert not found.cut


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("just text", "document-shape"),
        ("[a, list]", "document-shape"),
        ("apiVersion: backup/v1\nmetadata: {name: a}\nspec: {}", "missing-key"),
        ("apiVersion: backup/v1\nkind: Teir\nmetadata: {name: a}\nspec: {}", "unknown-kind"),
        ("apiVersion: backup/v1\nkind: [Tier]\nmetadata: {name: a}\nspec: {}", "missing-key"),
        ("kind: Policy\nmetadata: {name: a}\nspec: {}", "api-version"),
        ("apiVersion: backup/v1\nkind: Policy\nspec: {}", "missing-key"),
        ("apiVersion: backup/v1\nkind: Policy\nmetadata: {name: a}\n", "missing-key"),
        ("apiVersion: backup/v1\nkind: Policy\nmetadata: {name: a}\nspec:\n", "no-value"),
        ("apiVersion: backup/v1\nkind: Policy\nmetadata: a\nspec: {}", "wrong-type"),
    ],
)
def test_a_document_has_its_shape(text: str, rule: str) -> None:
    assert only(text).rule == rule


def test_a_kind_that_comes_near_is_offered() -> None:
    text = "apiVersion: backup/v1\nkind: Teir\nmetadata: {name: a}\nspec: {}"
    assert only(text).message == "there is no kind Teir; did you mean Tier?"


def test_a_fault_of_the_text_is_not_told_twice() -> None:
    assert [problem.rule for problem in reading(TIER.replace("24h", "*day")).problems] == ["yaml-alias"]
    assert [problem.rule for problem in reading(TIER.replace("24h", '"\\u202e"')).problems] == ["hidden-character"]


def test_a_file_that_sops_sealed_is_no_policy_file() -> None:
    sealed = "password: ENC[AES256_GCM,data:x]\nempty:\nsops:\n  mac: ENC[x]\n  version: 3.9.0\n"
    assert reading(sealed) == FileReading("a.yaml")
    assert problems("password: in-clear")


def test_the_problems_of_one_file_end_somewhere() -> None:
    labels = ", ".join(f"'{'#' * (n + 1)}': x" for n in range(300))
    found = reading(CONTACT.replace("{name: platform}", f"{{name: platform, labels: {{{labels}}}}}")).problems
    assert len(found) <= MOST_PROBLEMS + 1
    many = reading("---\n".join(["nothing\n"] * 300)).problems
    assert len(many) == MOST_PROBLEMS + 1
    assert many[-1].message == "200 more problems in this file are not told; mend these first"


def test_a_reading_is_cached_by_content_and_moves_with_its_path() -> None:
    cache: dict[str, FileReading] = {}
    text = together(ASSET, TIER.replace("24h", "24")).encode()
    first = read_file(PolicyFile("a.yaml", text, "blob1"), cache)
    assert cache["blob1"] is first
    # The content is not looked at again: the blob's id names it.
    moved = read_file(PolicyFile("folder/b.yaml", b"", "blob1"), cache)
    assert [problem.place.file for problem in moved.problems] == ["folder/b.yaml"]
    assert moved.documents[0].at("spec", "tier").file == "folder/b.yaml"
    assert moved.documents[0].spec is first.documents[0].spec
    assert moved.declared[0].place.file == "folder/b.yaml"
    assert moved.moved("a.yaml") == first


def test_without_a_blob_nothing_is_cached() -> None:
    cache: dict[str, FileReading] = {}
    read_file(PolicyFile("a.yaml", CONTACT.encode()), cache)
    assert cache == {}
