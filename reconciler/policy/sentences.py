"""What a validation error means, in a sentence that says what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, StringConstraints
from pydantic_core import ErrorDetails

from reconciler.kinds.secrets import SopsPath
from reconciler.policy.models.calendar import Recurrence
from reconciler.policy.models.exceptions import BackupId
from reconciler.policy.models.location import HostKey
from reconciler.policy.models.people import Email, Phone
from reconciler.policy.models.policy import PublicKey
from reconciler.policy.yamltext.compose import shown
from reconciler.policy.yamltext.spots import Path
from reconciler.units.names import EnvironmentName, Label, Name, UserName


@dataclass(frozen=True, slots=True)
class Sentence:
    """A rule's id, what to tell, the path it concerns, and whether the key rather than its value is meant."""

    rule: str
    message: str
    path: Path
    about_key: bool = False


def _pattern(annotated: object) -> str:
    """The pattern of a string type."""
    constraints = getattr(annotated, "__metadata__", ())
    return next(str(c.pattern) for c in constraints if isinstance(c, StringConstraints))


_COLLECTIONS = {
    "model_type": "a mapping (key: value)",
    "dict_type": "a mapping (key: value)",
    "tuple_type": "a list",
    "list_type": "a list",
    "string_type": "plain text",
}
_WORDS = {
    "string_pattern_mismatch": "is {value}; {form}",
    "string_too_long": "is too long: at most {max_length} characters",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "too_long": "has too many items: at most {max_length}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}


@dataclass(frozen=True, slots=True)
class _Form:
    """What a pattern means: the word for it, and the sentence when a value does not look like it."""

    word: str
    sentence: str


_FORMS: dict[str, _Form] = {
    _pattern(Name): _Form(
        "name", "a name has lower-case letters, digits and dashes, 63 at most, and no dash at its ends"
    ),
    _pattern(Label): _Form(
        "word", "a label has letters, digits and . _ -, 63 at most, and begins and ends with a letter or digit"
    ),
    _pattern(UserName): _Form("user", "a user has letters, digits and . _ @ -, 64 at most, and no dash first"),
    _pattern(EnvironmentName): _Form("variable", "a variable has letters, digits and _, and no digit first"),
    _pattern(SopsPath): _Form("file#key", "write the file and the key, like secrets/nas.yaml#password"),
    _pattern(HostKey): _Form("ssh key", "write the key's type and the key, as ssh-keyscan prints them"),
    _pattern(PublicKey): _Form("ssh key", "write an ed25519 public key: ssh-ed25519 AAAA…"),
    _pattern(BackupId): _Form("id", "an id has 8 to 64 hexadecimal digits"),
    _pattern(Recurrence): _Form("recurrence", "write a rule like FREQ=MONTHLY;BYDAY=2TU"),
    _pattern(Email): _Form("address", "write an address like name@example.org"),
    _pattern(Phone): _Form("number", "write a number like +34 600 000 000"),
}


def is_echo(error: ErrorDetails) -> bool:
    """Whether an error only follows from others: pydantic counts a list's wrong items as missing."""
    value, least = error["input"], error.get("ctx", {}).get("min_length")
    return error["type"] == "too_short" and isinstance(value, list) and len(value) >= (least or 0)


def phrased_pattern(pattern: str) -> str:
    """The word for what a pattern describes, or nothing when it has none."""
    return _FORMS[pattern].word if pattern in _FORMS else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``"; did you mean daily?"``, or nothing when no known word comes near.

    Words that cannot be printed, like a name with a tab in it, are wrong themselves and never meant.
    """
    near = difflib.get_close_matches(word[:64], sorted(filter(str.isprintable, known)), n=1, cutoff=0.6)
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
    template, context = _WORDS.get(kind), error.get("ctx", {})
    pattern = str(context.get("pattern", ""))
    form = _FORMS[pattern].sentence if pattern in _FORMS else f"it must match {pattern}"
    said = template.format(value=_quoted(value), form=form, **context) if template else error["msg"]
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
        following = model_in(inner.annotation) if inner else None
        if following is None:
            return []
        model = following
    return [field.alias or name for name, field in model.model_fields.items()]


def model_in(annotation: object) -> type[BaseModel] | None:
    """The model inside ``X``, ``X | None`` or ``tuple[X, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = model_in(argument)
        if found:
            return found
    return None
