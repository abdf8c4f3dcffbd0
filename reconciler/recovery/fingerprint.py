"""What a page was rendered from, as one short hash: when it differs, the page is out of date."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from reconciler.policy.resolved import ResolvedAsset, ResolvedPolicy


class Fingerprints:
    """The fingerprints of a policy's pages; what they share is read once."""

    def __init__(self, policy: ResolvedPolicy, templates: Mapping[str, str]) -> None:
        shared = [
            *(f"{name}={contact.model_dump_json()}" for name, contact in sorted(policy.contacts.items())),
            policy.settings.model_dump_json(),
            *(f"{name}\n{text}" for name, text in sorted(templates.items())),
        ]
        self._shared = hashlib.sha256("\0".join(shared).encode()).hexdigest()
        self._repositories = {name: spec.model_dump_json() for name, spec in policy.repositories.items()}

    def of(self, asset: ResolvedAsset) -> str:
        """Hex, 16 characters: the asset, its repositories, every contact, the policy's settings and the templates."""
        there = (self._repositories[place.repository] for place in asset.placements)
        parts = [asset.model_dump_json(), *there, self._shared]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def page_fingerprint(policy: ResolvedPolicy, asset: str, templates: Mapping[str, str]) -> str:
    """The fingerprint of one asset's page."""
    return Fingerprints(policy, templates).of(policy.assets[asset])
