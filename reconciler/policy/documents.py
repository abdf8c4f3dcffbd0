"""Policy files as values: the files, the documents in them, and what is wrong with them and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.policy.models.document import Metadata
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.units.model import Strict


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """One file of the policy source, ``path`` relative to its folder; ``blob`` names the content (git id)."""

    path: str
    content: bytes
    blob: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Skipped:
    """A path that looks like policy, or could hold some, and is not read."""

    path: str
    why: str


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: file, line and column, both counted from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    """An error keeps the policy from being enforced; a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong. ``rule`` is a stable id like ``asset-unknown-tier``; ``message`` says what to do."""

    place: Place
    rule: str
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.place}: {self.severity}: {self.message} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its kind, metadata and validated spec, and where each key stands.

    ``places`` maps a path inside the document (``("spec", "repositories", 0, "name")``) to its place; a path
    that is not in it has the place of its longest known beginning.
    """

    kind: str
    metadata: Metadata
    spec: Strict
    place: Place
    places: Mapping[tuple[str | int, ...], Place] = field(default_factory=dict)

    def at(self, *path: str | int) -> Place:
        """The place of that path, or of the nearest thing around it."""
        for length in range(len(path), 0, -1):
            found = self.places.get(path[:length])
            if found:
                return found
        return self.place


@dataclass(frozen=True, slots=True)
class Loaded:
    """A policy as read: None when anything in it is an error; every problem, sorted by place;
    and what of its source was not read."""

    policy: ResolvedPolicy | None
    problems: tuple[Problem, ...]
    documents: tuple[Document, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep it from being enforced."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)
