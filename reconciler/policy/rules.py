"""The rules that policy files are held to: a stable id for each, and what it is for."""

from __future__ import annotations

RULES: dict[str, str] = {
    # Files and their text.
    "file-path": "A policy file's path is plain: no '..', no leading dash or slash, nothing hidden in it.",
    "file-too-large": "A policy file has at most 1 MiB.",
    "file-encoding": "A policy file is UTF-8 text.",
    "hidden-character": "No control characters, and none that hide or reorder what a reviewer reads.",
    "merge-conflict": "No merge-conflict markers are left in a file.",
    "policy-too-large": "A policy has at most 100 000 files and 256 MiB.",
    "yaml-syntax": "The file is YAML.",
    "yaml-too-deep": "Values nest at most 24 levels.",
    "yaml-too-large": "A file holds at most 50 000 values.",
    "yaml-alias": "Anchors and aliases are not read: a reviewer sees each value where it is used.",
    "yaml-tag": "Tags (!name) are not read.",
    "yaml-key": "A key is plain text.",
    "yaml-duplicate-key": "A key stands once in its mapping.",
    # A document by itself.
    "document-shape": "A document is a mapping with apiVersion, kind, metadata and spec.",
    "api-version": "apiVersion is backup/v1.",
    "unknown-kind": "kind is one of the kinds that exist.",
    "unknown-key": "Only keys that exist: a misspelt one would be a promise that nobody keeps.",
    "missing-key": "What a kind cannot do without is there.",
    "no-value": "A key has a value, or is left out.",
    "wrong-type": "Text, lists and mappings stand where they are expected.",
    "unknown-word": "A word from a fixed list is in that list.",
    "invalid-value": "Values have the form of their type: durations, sizes, names, paths, hosts.",
    "too-many-problems": "At most a hundred problems are told about one file.",
}
"""id → one line. Ids never change their meaning; a rule that goes leaves its id unused."""
