"""Golden files: what people read, whole, under review. ``pytest tests/golden --snapshot-update`` writes them anew."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode


class TextFile(SingleFileSnapshotExtension):
    """One readable file a test."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


class MarkdownFile(TextFile):
    """Shown as Markdown where the repository is browsed."""

    file_extension = "md"


class JsonFile(TextFile):
    """A document."""

    file_extension = "json"


@pytest.fixture
def text_file(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compares with a text file."""
    return snapshot.use_extension(TextFile)


@pytest.fixture
def markdown_file(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compares with a Markdown file."""
    return snapshot.use_extension(MarkdownFile)


@pytest.fixture
def json_file(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compares with a JSON file."""
    return snapshot.use_extension(JsonFile)
