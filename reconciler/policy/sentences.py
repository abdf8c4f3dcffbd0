"""What a validation error means, in a sentence that says what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from reconciler.policy.yamltext.compose import shown
from reconciler.policy.yamltext.spots import Path


@dataclass(frozen=True, slots=True)
class Sentence:
    """A rule's id, what to tell, the path it concerns, and whether the key rather than its value is meant."""

    rule: str
    message: str
    path: Path
    about_key: bool = False


_COLLECTIONS = {
    "model_type": "a mapping (key: value)",
    "dict_type": "a mapping (key: value)",
    "tuple_type": "a list",
    "list_type": "a list",
    "string_type": "plain text",
}
_WORDS = {
    "string_pattern_mismatch": "does not look right: {value}; it must match {pattern}",
    "string_too_long": "is too long: at most {max_length} characters",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "too_long": "has too many items: at most {max_length}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``"; did you mean daily?"``, or nothing when no known word comes near."""
    near = difflib.get_close_matches(word[:64], sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def sentence(error: ErrorDetails, model: type[BaseModel], prefix: Path) -> Sentence:
    """One of pydantic's errors about ``model``, which stands at ``prefix`` in its document."""
    found = tuple(part for part in error["loc"] if part != "[key]")
    path = prefix + found
    name = shown(_spelled(path))
    kind = error["type"]
    if kind == "extra_forbidden":
        known = _keys(model, found[:-1])
        message = f"{name}: there is no such key{did_you_mean(str(path[-1]), known)}"
        return Sentence("unknown-key", message, path, about_key=True)
    if kind == "missing":
        return Sentence("missing-key", f"{name} is missing", path[:-1], about_key=True)
    value = error["input"]
    if value is None:
        return Sentence("no-value", f"{name} has no value; write one or remove the key", path, about_key=True)
    about_key = "[key]" in error["loc"]
    if kind in _COLLECTIONS:
        return Sentence("wrong-type", f"{name} must be {_COLLECTIONS[kind]}, not {_sort(value)}", path)
    if kind == "literal_error":
        return Sentence("unknown-word", f"{name}: {_choice(error, value)}", path)
    if kind == "value_error":
        said = shown(str(error.get("ctx", {}).get("error", error["msg"])), 300)
        return Sentence("invalid-value", f"{name}: {said}", path, about_key)
    template = _WORDS.get(kind)
    said = template.format(value=_quoted(value), **error.get("ctx", {})) if template else error["msg"]
    return Sentence("invalid-value", shown(f"{name} {said}", 300), path, about_key)


def _spelled(path: Sequence[str | int]) -> str:
    """``spec.repositories[0].name``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".") or "the document"


def _choice(error: ErrorDetails, value: object) -> str:
    expected = str(error.get("ctx", {}).get("expected", "")).replace("'", "")
    words = [word for part in expected.split(", ") for word in part.split(" or ")]
    hint = did_you_mean(value, words) if isinstance(value, str) else ""
    return f"{_quoted(value)} is not one of {', '.join(words)}{hint}"


def _quoted(value: object) -> str:
    return f"'{shown(value)}'" if isinstance(value, str) else _sort(value)


def _sort(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return f"'{shown(str(value))}'"


def _keys(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that may stand at that path inside a model."""
    for part in path:
        if isinstance(part, int):
            continue
        inner = next((f for f in model.model_fields.values() if (f.alias or "") == part), None)
        following = _model_in(inner.annotation) if inner else None
        if following is None:
            return []
        model = following
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The model inside ``X``, ``X | None`` or ``tuple[X, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found:
            return found
    return None
