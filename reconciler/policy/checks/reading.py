"""All documents of a policy together, by kind and name, as the cross-checks look at them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.policy.documents import Document
from reconciler.policy.read import Declared, FileReading


@dataclass(frozen=True, slots=True)
class Reading:
    """``cut``: some file could not be read to its end, so what seems to be missing may be there."""

    documents: tuple[Document, ...]
    declared: tuple[Declared, ...]
    by_kind: Mapping[str, Mapping[str, Document]]
    cut: bool

    @classmethod
    def of(cls, readings: Iterable[FileReading]) -> Reading:
        """What these files say together; of two documents with one kind and name the first counts."""
        documents: list[Document] = []
        declared: list[Declared] = []
        by_kind: dict[str, dict[str, Document]] = {}
        cut = False
        for reading in readings:
            documents += reading.documents
            declared += reading.declared
            cut = cut or reading.cut
        for document in documents:
            by_kind.setdefault(document.kind, {}).setdefault(document.metadata.name, document)
        return cls(tuple(documents), tuple(declared), by_kind, cut)

    def of_kind(self, kind: str) -> Mapping[str, Document]:
        """name → document, valid ones only."""
        return self.by_kind.get(kind, {})

    def names(self, kind: str) -> frozenset[str]:
        """The names of that kind, also of documents that are not valid: a reference to those is no fault."""
        return frozenset(self.of_kind(kind)) | {d.name for d in self.declared if d.kind == kind}
