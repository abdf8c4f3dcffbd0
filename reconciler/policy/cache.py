"""What a running loop remembers of the policy it read last, so that one changed file costs the reading of one file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.policy.checks.finding import CheckedAssets
from reconciler.policy.documents import Document
from reconciler.policy.read import FileReading
from reconciler.policy.resolved import ResolvedAsset


@dataclass(slots=True)
class PolicyCache:
    """``readings`` by blob id, the assets that were resolved from their documents, and what was found of each.

    ``basis`` is all that assets are resolved from beside their own documents: with another one nothing is known.
    """

    readings: dict[str, FileReading] = field(default_factory=dict)
    basis: tuple[object, ...] = ()
    assets: dict[str, tuple[Document, ResolvedAsset | None]] = field(default_factory=dict)
    checked: CheckedAssets = field(default_factory=CheckedAssets)

    def rest_on(self, basis: tuple[object, ...]) -> None:
        """Forget the resolved assets unless they rest on just this."""
        if self.basis != basis:
            self.basis = basis
            self.assets.clear()

    def keep_only(self, blobs: Iterable[str]) -> None:
        """Forget the readings of files that are not there any more."""
        for blob in self.readings.keys() - set(blobs):
            del self.readings[blob]

    def adopt(self, enforced: Mapping[str, ResolvedAsset]) -> None:
        """Take the enforced asset for an equal one of ours: the same thing is compared at a glance, and held once."""
        for name, (document, ours) in self.assets.items():
            theirs = enforced.get(name)
            if theirs is not None and ours is not theirs and ours == theirs:
                self.assets[name] = (document, theirs)
