"""What needs what: recovery needs an order."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.policy.checks.cycles import cycles, spelled
from reconciler.policy.checks.finding import Finding
from reconciler.policy.resolved import ResolvedPolicy


def dependency_cycles(policy: ResolvedPolicy) -> Iterator[Finding]:
    """Assets that need each other have no order in which they could be recovered."""
    needs = {asset.name: asset.depends_on for asset in policy.assets.values() if asset.depends_on}
    for cycle in cycles(needs):
        message = f"these assets need each other, so none can be recovered first: {spelled(cycle)}"
        yield Finding("Asset", cycle[0], ("spec", "dependsOn"), "dependency-cycle", message)
