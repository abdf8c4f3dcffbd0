"""From one file to its documents and problems: pure by content, so a cache by blob id can sit around it."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import ValidationError

from reconciler.policy.documents import Document, Place, PolicyFile, Problem
from reconciler.policy.models.document import API_VERSION, Metadata
from reconciler.policy.models.kinds import KINDS
from reconciler.policy.sentences import Sentence, did_you_mean, is_echo, sentence
from reconciler.policy.yamltext.characters import decoded
from reconciler.policy.yamltext.compose import Composition, Text, Tree, compose, shown
from reconciler.policy.yamltext.faults import Fault, Refused
from reconciler.policy.yamltext.spots import Spots
from reconciler.units.model import Strict

MOST_PROBLEMS = 100
_ENVELOPE = ("apiVersion", "kind", "metadata", "spec")

Model = TypeVar("Model", bound=Strict)


@dataclass(frozen=True, slots=True)
class Declared:
    """A document that has a kind and a name but is not valid: others may refer to it without being wrong."""

    kind: str
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class FileReading:
    """What one file gave. ``cut`` says that its reading was stopped, so documents may be missing."""

    path: str
    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()
    declared: tuple[Declared, ...] = ()
    cut: bool = False

    def moved(self, path: str) -> FileReading:
        """The same reading for the same content under another path."""
        if path == self.path:
            return self
        return FileReading(
            path,
            tuple(_moved_document(document, path) for document in self.documents),
            tuple(replace(problem, place=replace(problem.place, file=path)) for problem in self.problems),
            tuple(replace(declared, place=replace(declared.place, file=path)) for declared in self.declared),
            self.cut,
        )


def read_file(file: PolicyFile, cache: MutableMapping[str, FileReading] | None = None) -> FileReading:
    """Everything that one file says, and everything wrong with it. Never raises on any content."""
    if cache is None or not file.blob:
        return _read(file)
    known = cache.get(file.blob)
    if known is None:
        known = cache[file.blob] = _read(file)
    return known.moved(file.path)


def _read(file: PolicyFile) -> FileReading:
    try:
        composition = compose(decoded(file.content))
    except Refused as refused:
        composition = Composition(refused=refused.fault)
    documents: list[Document] = []
    declared: list[Declared] = []
    problems: list[Problem] = []
    for text in composition.texts:
        reading = _Reading(text, Spots(file.path, text.spot))
        document = reading.document()
        if document:
            documents.append(document)
        elif reading.declared:
            declared.append(reading.declared)
        problems.extend(reading.problems)
    if composition.refused:
        problems.append(_problem_of(file.path, composition.refused))
    return FileReading(
        file.path, tuple(documents), _fewer(sorted(problems)), tuple(declared), cut=composition.refused is not None
    )


class _Reading:
    """One document on its way: its tree, its places, and the problems found so far."""

    __slots__ = ("_faulty", "_spots", "_text", "declared", "problems")

    def __init__(self, text: Text, spots: Spots) -> None:
        self._text = text
        self._spots = spots
        self._faulty = frozenset((fault.line, fault.column) for fault in text.faults)
        self.problems = [_problem_of(spots.start.file, fault) for fault in text.faults]
        self.declared: Declared | None = None

    def document(self) -> Document | None:
        """The valid document, or None when there is none or something is wrong with it."""
        tree = self._text.tree
        if not isinstance(tree, dict):
            if tree is not None:
                self._tell(Sentence("document-shape", "a document is a mapping with a kind", ()))
            return None
        if is_sealed(tree):
            self.problems = []
            return None
        kind = self._kind(tree)
        metadata = self._part(Metadata, tree, "metadata")
        name = _name_in(tree)
        if kind and name:
            self.declared = Declared(kind, name, self._spots.nearest(("metadata", "name")))
        spec = self._part(KINDS[kind], tree, "spec") if kind else None
        if self.problems or not kind or metadata is None or spec is None:
            return None
        return Document(kind, metadata, spec, self._spots.start, self._spots)

    def _kind(self, tree: dict[str, Tree]) -> str | None:
        for key in tree:
            if key not in _ENVELOPE:
                message = f"{shown(key)}: there is no such key{did_you_mean(key, _ENVELOPE)}"
                self._tell(Sentence("unknown-key", message, (key,), about_key=True))
        version = tree.get("apiVersion")
        if version != API_VERSION:
            message = f"apiVersion {'must be' if version else 'is missing; write'} {API_VERSION}"
            self._tell(Sentence("api-version", message, ("apiVersion",)))
        kind = tree.get("kind")
        if isinstance(kind, str) and kind in KINDS:
            return kind
        if not isinstance(kind, str):
            message = f"kind is missing; it is one of {', '.join(KINDS)}"
            self._tell(Sentence("missing-key", message, ("kind",)))
            return None
        message = f"there is no kind {shown(kind)}{did_you_mean(kind, KINDS)}"
        self._tell(Sentence("unknown-kind", message, ("kind",)))
        return None

    def _part(self, model: type[Model], tree: dict[str, Tree], key: str) -> Model | None:
        if key not in tree:
            self._tell(Sentence("missing-key", f"{key} is missing", ()))
            return None
        try:
            return model.model_validate(tree[key], by_alias=True, by_name=False)
        except ValidationError as error:
            details = [detail for detail in error.errors(include_url=False) if not is_echo(detail)]
            for detail in details[:MOST_PROBLEMS]:
                self._tell(sentence(detail, model, (key,)))
            return None

    def _tell(self, told: Sentence) -> None:
        value = self._spots.value(told.path)
        if value is None or (value.line, value.column) not in self._faulty:
            self.problems.append(Problem(self._place(told), told.rule, told.message))

    def _place(self, told: Sentence) -> Place:
        key = self._spots.key(told.path) if told.about_key and told.path else None
        return key or self._spots.nearest(told.path)


def is_sealed(tree: dict[str, Tree]) -> bool:
    """Whether this is a file that SOPS encrypted: it may lie beside the policy and is no part of it."""
    seal = tree.get("sops")
    return isinstance(seal, dict) and "mac" in seal and "kind" not in tree


def _name_in(tree: dict[str, Tree]) -> str | None:
    metadata = tree.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else None


def _problem_of(path: str, fault: Fault) -> Problem:
    return Problem(Place(path, fault.line, fault.column), fault.rule, fault.message)


def _fewer(problems: list[Problem]) -> tuple[Problem, ...]:
    if len(problems) <= MOST_PROBLEMS:
        return tuple(problems)
    rest = len(problems) - MOST_PROBLEMS
    place = problems[MOST_PROBLEMS].place
    message = f"{rest} more problems in this file are not told; mend these first"
    return (*problems[:MOST_PROBLEMS], Problem(place, "too-many-problems", message))


def _moved_document(document: Document, path: str) -> Document:
    places = document.places
    moved = places.moved(path) if isinstance(places, Spots) else places
    return replace(document, place=replace(document.place, file=path), places=moved)
