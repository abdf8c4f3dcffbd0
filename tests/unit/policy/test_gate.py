"""The gate: what never gets past it, and that scalars stay the text that was written."""

from __future__ import annotations

import pytest

from reconciler.policy.yamltext.characters import LARGEST_FILE, decoded
from reconciler.policy.yamltext.compose import DEEPEST, MOST_FAULTS, MOST_NODES, Composition, compose
from reconciler.policy.yamltext.faults import Fault, Refused
from reconciler.policy.yamltext.spots import Spots


def refused(content: bytes) -> Fault:
    with pytest.raises(Refused) as caught:
        decoded(content)
    return caught.value.fault


def tree_of(text: str) -> object:
    composition = compose(text)
    assert composition.refused is None
    (only,) = composition.texts
    assert only.faults == ()
    return only.tree


def faults_of(text: str) -> list[tuple[str, int, int]]:
    composition = compose(text)
    faults = [fault for one in composition.texts for fault in one.faults]
    faults += [composition.refused] if composition.refused else []
    return [(fault.rule, fault.line, fault.column) for fault in faults]


@pytest.mark.parametrize("word", ["12:30", "no", "yes", "on", "0x1F", "017", "1e3", ".inf", "2026-11-24", "3.10"])
def test_a_plain_scalar_stays_the_text_that_was_written(word: str) -> None:
    assert tree_of(f"key: {word}") == {"key": word}
    assert tree_of(f'key: "{word}"') == {"key": word}


@pytest.mark.parametrize("nothing", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_no_value_and_a_quoted_null_is_a_word(nothing: str) -> None:
    assert tree_of(f"key: {nothing}") == {"key": None}
    assert tree_of(f"key: '{nothing}'") == {"key": nothing}


def test_a_file_of_more_than_a_mebibyte_is_refused_unread() -> None:
    assert decoded(b"#" * LARGEST_FILE)
    fault = refused(b"#" * (LARGEST_FILE + 1))
    assert fault.rule == "file-too-large"
    assert "1 MiB" in fault.message


def test_a_utf8_byte_order_mark_is_tolerated_and_moves_no_column() -> None:
    composition = compose(decoded(b"\xef\xbb\xbfkind: x"))
    assert composition.texts[0].tree == {"kind": "x"}
    assert composition.texts[0].spot.column == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-be", "latin-1"])
def test_other_encodings_are_refused_with_a_sentence(encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    fault = refused(f"{mark}kind: ñ".encode(encoding))
    assert fault.rule == "file-encoding"
    assert "UTF-8" in fault.message


def test_bytes_that_are_no_text_are_placed() -> None:
    fault = refused("a: b\nñ: ".encode() + b"\xff")
    assert (fault.rule, fault.line, fault.column) == ("file-encoding", 2, 4)


@pytest.mark.parametrize(
    "character",
    ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\u200b", "\u200f", "\u2028", "\ufeff", "\uffff"],
)
def test_characters_that_hide_or_reorder_are_refused_where_they_stand(character: str) -> None:
    fault = refused(f"a: b\nccc: d{character}e\n".encode())
    assert (fault.rule, fault.line, fault.column) == ("hidden-character", 2, 7)
    assert f"U+{ord(character):04X}" in fault.message


def test_a_lone_surrogate_is_refused() -> None:
    assert refused("a: \ud800".encode("utf-8", "surrogatepass")).rule == "file-encoding"


def test_letters_of_all_languages_and_emoji_pass() -> None:
    text = "description: größe, año, 日本語, שלום, 🇪🇸, tab\there"
    assert decoded(text.encode()) == text


@pytest.mark.parametrize("escape", [r"\0", r"\u202e", r"\x7f", r"\ufeff"])
def test_an_escape_does_not_bring_back_what_the_gate_refused(escape: str) -> None:
    assert [rule for rule, *_ in faults_of(f'key: "a{escape}b"')] == ["hidden-character"]


def test_an_escaped_lone_surrogate_is_refused() -> None:
    assert [rule for rule, *_ in faults_of(r'key: "a\ud800b"')] == ["yaml-syntax"]


def test_merge_conflict_markers_get_their_own_message() -> None:
    text = b"kind: Tier\n<<<<<<< HEAD\nrpo: 1h\n=======\nrpo: 2h\n>>>>>>> other\n"
    fault = refused(text)
    assert (fault.rule, fault.line) == ("merge-conflict", 2)
    assert "merge conflict" in fault.message


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_nesting_stops_at_the_limit(opening: str) -> None:
    text = opening * (DEEPEST + 1)
    assert faults_of(text)[-1][0] == "yaml-too-deep"


def test_nesting_up_to_the_limit_is_read() -> None:
    assert compose("[" * DEEPEST + "]" * DEEPEST).refused is None


def test_a_million_levels_are_cut_at_the_first_that_is_too_deep() -> None:
    [(rule, line, column)] = faults_of("[" * 1_000_000)
    # libyaml 0.2.6 and newer stop by themselves, a thousand levels deep, before the first event.
    assert (rule, line) == ("yaml-too-deep", 1)
    assert column in (DEEPEST + 1, 1001)


def test_too_many_values_are_refused() -> None:
    assert compose("[" + "a," * (MOST_NODES - 2) + "]").refused is None
    assert faults_of("[" + "a," * MOST_NODES + "]")[-1][0] == "yaml-too-large"


def test_an_alias_bomb_is_refused_at_its_first_anchors() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    faults = faults_of("\n".join(lines))
    assert {rule for rule, *_ in faults} == {"yaml-alias"}
    assert faults[0] == ("yaml-alias", 1, 5)


@pytest.mark.parametrize("tagged", ["!!python/object/apply:os.system [ls]", "!foo x", "! x", "!!str 7", "!!map {}"])
def test_tags_are_refused(tagged: str) -> None:
    assert faults_of(f"key: {tagged}") == [("yaml-tag", 1, 6)]


def test_duplicate_keys_are_told_with_both_places() -> None:
    composition = compose("a:\n  daily: 7\n  weekly: 1\n  daily: 1\n")
    (fault,) = composition.texts[0].faults
    assert (fault.rule, fault.line, fault.column) == ("yaml-duplicate-key", 4, 3)
    assert "first on line 2" in fault.message


def test_keys_that_are_no_text_are_refused() -> None:
    assert faults_of("? [a, b]\n: c") == [("yaml-key", 1, 3)]
    assert faults_of("? {a: b}\n: c") == [("yaml-key", 1, 3)]
    assert faults_of("? ~\n: c") == [("yaml-key", 1, 3)]


def test_faults_of_one_file_end_somewhere() -> None:
    faults = faults_of("\n".join(f"- !t {n}" for n in range(5000)))
    assert len(faults) == MOST_FAULTS + 2


def test_documents_before_a_syntax_error_are_still_read() -> None:
    composition = compose("kind: a\n---\nkind: b\n---\nkind: [c\n")
    assert [text.tree for text in composition.texts] == [{"kind": "a"}, {"kind": "b"}]
    assert composition.refused is not None
    assert (composition.refused.rule, composition.refused.line) == ("yaml-syntax", 6)


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "%YAML 1.1\n"])
def test_a_file_that_says_nothing_is_no_fault(text: str) -> None:
    composition = compose(text)
    assert composition.refused is None or composition.refused.rule == "yaml-syntax"
    assert all(one.tree is None for one in composition.texts)


def places(composition: Composition) -> Spots:
    return Spots("a.yaml", composition.texts[0].spot)


def test_places_point_at_plain_values_and_at_the_keys_of_collections() -> None:
    spots = places(compose("kind:   Asset\nspec:\n  list:\n    - {name: one}\n    - two\n"))
    assert str(spots[("kind",)]) == "a.yaml:1:9"
    assert str(spots[("spec",)]) == "a.yaml:2:1"
    assert str(spots[("spec", "list", 0)]) == "a.yaml:4:7"
    assert str(spots[("spec", "list", 0, "name")]) == "a.yaml:4:14"
    assert str(spots[("spec", "list", 1)]) == "a.yaml:5:7"
    assert str(spots.nearest(("spec", "list", 7, "none"))) == "a.yaml:3:3"
    assert str(spots.moved("b.yaml")[("kind",)]) == "b.yaml:1:9"


def test_every_place_is_listed_once() -> None:
    spots = places(compose("kind: x\nspec: {a: [b, {c: d}]}"))
    assert list(spots) == [
        ("kind",),
        ("spec",),
        ("spec", "a"),
        ("spec", "a", 0),
        ("spec", "a", 1),
        ("spec", "a", 1, "c"),
    ]
    assert len(spots) == 6
    assert ("spec", "b") not in spots
