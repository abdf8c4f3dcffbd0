"""What a page was rendered from, as one short hash: when it differs, the page is out of date."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from reconciler.policy.resolved import ResolvedPolicy


def page_fingerprint(policy: ResolvedPolicy, asset: str, templates: Mapping[str, str]) -> str:
    """Hex, 16 characters: the asset, its repositories, every contact, the policy's settings and the templates."""
    found = policy.assets[asset]
    parts = [
        found.model_dump_json(),
        *(policy.repositories[place.repository].model_dump_json() for place in found.placements),
        *(f"{name}={contact.model_dump_json()}" for name, contact in sorted(policy.contacts.items())),
        policy.settings.model_dump_json(),
        *(f"{name}\n{text}" for name, text in sorted(templates.items())),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
