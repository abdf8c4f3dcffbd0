"""A fault of a resolved policy: it names a block and a path in it, not yet a place in a file."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.policy.documents import Severity
from reconciler.policy.yamltext.spots import Path


@dataclass(frozen=True, slots=True)
class Finding:
    """``path`` leads into the document of that kind and name, as people write it (``("spec", "tier")``)."""

    kind: str
    name: str
    path: Path
    rule: str
    message: str
    severity: Severity = Severity.ERROR
