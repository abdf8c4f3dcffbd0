"""Whose a snapshot is: told by its identity tag or by an asset's adopt rule, and by nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from reconciler.observed.listing import Snapshot
from reconciler.policy.models.asset import Adopt
from reconciler.policy.resolved import ResolvedPolicy

IDENTITY_TAG = "asset"
ATTEMPT_TAG = "attempt"
REQUEST_TAG = "request"
TOOL_TAG = "tool"
TOOL = "reconciler"

Origin = tuple[str, frozenset[str]]
"""The host and the exact set of paths that a snapshot was made from."""


@dataclass(frozen=True, slots=True)
class Identification:
    """Whose a snapshot is; ``asset`` None: nobody's, never touched.

    ``orphan`` the name in an identity tag of this policy that the policy no longer names. ``adopted``: an
    adopt rule fits. ``counts``: that rule says ``count: true``.
    """

    asset: str | None = None
    orphan: str | None = None
    adopted: bool = False
    counts: bool = False

    @property
    def ours(self) -> bool:
        """This policy's, whether it still names the asset or not."""
        return self.asset is not None or self.orphan is not None


@dataclass(frozen=True, slots=True)
class Ownership:
    """What identification needs of a policy: its name, its assets, and their adopt rules by origin."""

    policy: str
    assets: Set[str] = frozenset()
    rules: Mapping[Origin, tuple[str, ...]] = field(default_factory=dict)
    counting: frozenset[str] = frozenset()

    @classmethod
    def of(cls, policy: ResolvedPolicy) -> Ownership:
        """The ownership that a resolved policy declares."""
        return cls.from_rules(policy.name, {name: asset.adopt for name, asset in policy.assets.items()})

    @classmethod
    def from_rules(cls, policy: str, adopt: Mapping[str, Adopt | None]) -> Ownership:
        """The ownership of assets by name, with their adopt rules."""
        rules: dict[Origin, tuple[str, ...]] = {}
        given = sorted((name, rule) for name, rule in adopt.items() if rule is not None)
        for name, rule in given:
            origin = (rule.host, frozenset(rule.paths))
            rules[origin] = (*rules.get(origin, ()), name)
        return cls(policy, adopt.keys(), rules, frozenset(name for name, rule in given if rule.count))

    def named(self, snapshot: Snapshot) -> str | None:
        """The asset's name in an identity tag of this policy, None when there is no such tag."""
        return self.named_by(snapshot.tag(IDENTITY_TAG) or "")

    def named_by(self, value: str) -> str | None:
        """The same of the tag's value alone."""
        policy, slash, name = value.partition("/")
        return name if slash and name and policy == self.policy else None

    def adopters(self, snapshot: Snapshot) -> tuple[str, ...]:
        """The assets whose adopt rule fits: equal host and exactly the same set of paths."""
        return self.rules.get((snapshot.host, frozenset(snapshot.paths)), ())


def identify(snapshot: Snapshot, ownership: Ownership) -> Identification:
    """Whose it is. The tag decides first; a rule takes what no tag of a present asset claims.

    A snapshot that two rules claim belongs to nobody: to guess would let one asset's retention delete the
    other's backups.
    """
    return whose(ownership.named(snapshot), ownership.adopters(snapshot), ownership)


def whose(named: str | None, adopters: tuple[str, ...], ownership: Ownership) -> Identification:
    """The same, from the name in its tag and from the assets whose rules fit."""
    if named in ownership.assets:
        return _known(named, ownership, fits=named in adopters)
    if len(adopters) == 1:
        return _known(adopters[0], ownership, fits=True)
    return Identification(orphan=named)


def _known(asset: str | None, ownership: Ownership, *, fits: bool) -> Identification:
    return Identification(asset=asset, adopted=fits, counts=fits and asset in ownership.counting)


def tags_for(policy: ResolvedPolicy, asset: str, attempt: str, request: str | None = None) -> tuple[str, ...]:
    """All tags of a backup, set at its birth and never changed."""
    tags = [f"{IDENTITY_TAG}={policy.identity(asset)}", f"{ATTEMPT_TAG}={attempt}", f"{TOOL_TAG}={TOOL}"]
    return (*tags, f"{REQUEST_TAG}={request}") if request else tuple(tags)
