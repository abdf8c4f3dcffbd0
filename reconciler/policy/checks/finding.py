"""A fault of a resolved policy: it names a block and a path in it, not yet a place in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from reconciler.policy.documents import Severity
from reconciler.policy.resolved import ResolvedAsset, ResolvedPolicy
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


Check = Callable[[ResolvedPolicy], Iterator[Finding]]
"""Looks at a resolved policy and yields what is wrong with it."""


@dataclass(slots=True)
class CheckedAssets:
    """What checks of single assets found, kept as long as the assets and all that they are held against stay."""

    basis: tuple[object, ...] = ()
    found: dict[str, tuple[ResolvedAsset, tuple[Finding, ...]]] = field(default_factory=dict)

    def findings(self, policy: ResolvedPolicy, checks: Sequence[Check]) -> tuple[Finding, ...]:
        """What ``checks``, each of one asset after the other, find; only assets that are another are looked at."""
        basis = (policy.repositories, policy.settings.time_zone, checks)
        if self.basis != basis:
            self.basis = basis
            self.found.clear()
        for name in self.found.keys() - policy.assets.keys():
            del self.found[name]
        anew = {n: a for n, a in policy.assets.items() if n not in self.found or self.found[n][0] is not a}
        if anew:
            self._look(policy.model_copy(update={"assets": anew}), checks)
        return tuple(finding for _, findings in self.found.values() for finding in findings)

    def _look(self, policy: ResolvedPolicy, checks: Sequence[Check]) -> None:
        of_each: dict[str, list[Finding]] = {name: [] for name in policy.assets}
        for check in checks:
            for finding in check(policy):
                of_each[finding.name].append(finding)
        for name, findings in of_each.items():
            self.found[name] = (policy.assets[name], tuple(findings))
