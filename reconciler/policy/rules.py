"""The rules that policy files are held to: a stable id for each, and what it is for."""

from __future__ import annotations

RULES: dict[str, str] = {
    # Files and their text.
    "file-path": "A policy file's path is plain: no '..', no leading dash or slash, nothing hidden in it.",
    "file-too-large": "A policy file has at most 1 MiB.",
    "file-unread": "What is called like a policy file is one: no symlink, no submodule, not too large, plainly named.",
    "unread": "Warning: no symlink or submodule stands where policy files could be.",
    "file-encoding": "A policy file is UTF-8 text.",
    "hidden-character": "No control characters, and none that hide or reorder what a reviewer reads.",
    "merge-conflict": "No merge-conflict markers are left in a file.",
    "policy-too-large": "A policy has at most 100 000 files and 128 MiB.",
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
    # Documents together.
    "policy-missing": "There is a document of kind Policy.",
    "policy-twice": "There is only one document of kind Policy.",
    "name-twice": "A name stands once among the documents of its kind.",
    "name-reserved": "reconciler-state is the reconciler's own asset; index and matrix are pages of their own.",
    "unknown-tier": "A tier that is named exists.",
    "unknown-retention": "A retention that is named exists.",
    "unknown-repository": "A repository that is named exists.",
    "unknown-asset": "An asset that is named exists.",
    "unknown-contact": "A contact that is named exists.",
    "unknown-origin": "A copy's origin is among the asset's own repositories.",
    "unused": "Warning: a tier, retention or repository is used by something.",
    "decommission-live": "An asset whose backups end has left the policy.",
    # Copies.
    "placement-twice": "An asset lands in a repository once.",
    "copy-cycle": "A copy has an original at the end of its chain.",
    "copy-chain-too-long": "A chain of copies has at most four repositories.",
    "copy-fresher": "A copy's RPO is at least its origin's.",
    "copies-unattainable": "The copies that are demanded can be made: one failure domain counts once.",
    "media-unattainable": "The media that are demanded are there.",
    "offsite-unattainable": "The copies off the site that are demanded can be made.",
    # Time.
    "cron": "A cron line has five fields, or is an alias like @daily.",
    "schedule-gap": "Warning: a schedule's longest gap is shorter than the RPO, changes of the clock included.",
    "recurrence": "A drill's recurrence is a rule of days that comes.",
    "hold-expired": "Warning: a hold is not over.",
    "suspension-expired": "Warning: a suspension is not over.",
    # Recovery and proof.
    "dependency-cycle": "Assets do not need each other in a circle.",
    "drill-without-calendar": "Warning: a drill that is demanded is in a calendar.",
    # People.
    "escalation-cycle": "An escalation ends.",
    "alert-without-address": "Mail has somebody to go to, with an address.",
    "alert-missing": "Warning: some alert tells when a promise breaks.",
    "contact-unreached": "Warning: something leads to every contact.",
    "selects-nothing": "Warning: a selector selects an asset.",
    # Places and transport.
    "transport-unencrypted": "Where encryption is required: TLS, and ssh hosts whose keys are pinned.",
    "plain-mail": "Mail goes over TLS, except on loopback.",
    "location-twice": "Every repository has a place of its own.",
    "captures-itself": "No asset backs up the repository that it lands in.",
    # What comes later.
    "source-later": "Warning: this version captures the source.",
    "secret-later": "Warning: this version reads the secret reference.",
}
"""id → one line. Ids never change their meaning; a rule that goes leaves its id unused."""
