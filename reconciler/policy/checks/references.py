"""Every name that refers to another document, and whether that document is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from reconciler.policy.checks.reading import Reading
from reconciler.policy.documents import Document, Problem, Severity
from reconciler.policy.models.asset import AssetSpec
from reconciler.policy.models.calendar import DrillCalendarSpec
from reconciler.policy.models.document import Selector
from reconciler.policy.models.exceptions import BackupRequestSpec, DecommissionSpec, HoldSpec, SuspensionSpec
from reconciler.policy.models.people import AlertSpec, ContactSpec
from reconciler.policy.models.policy import PolicySpec
from reconciler.policy.models.repository import RepositorySpec
from reconciler.policy.models.tier import TierSpec
from reconciler.policy.sentences import did_you_mean
from reconciler.policy.yamltext.spots import Path


class Reference(NamedTuple):
    """A document of ``kind`` that is called by ``name`` at ``path``."""

    kind: str
    name: str
    path: Path


_RULES = {
    "Tier": "unknown-tier",
    "Retention": "unknown-retention",
    "Repository": "unknown-repository",
    "Asset": "unknown-asset",
    "Contact": "unknown-contact",
}


def unknown_references(reading: Reading) -> Iterator[Problem]:
    """References to documents that do not exist; silent while a file is cut, as it may hold them."""
    if reading.cut:
        return
    known = {kind: reading.names(kind) for kind in _RULES}
    ended = {d.spec.asset for d in reading.documents if isinstance(d.spec, DecommissionSpec)}
    for document in reading.documents:
        for kind, name, path in references(document):
            if name in known[kind] or (kind == "Asset" and document.kind == "Hold" and name in ended):
                continue
            message = f"there is no {kind} {name}{did_you_mean(name, known[kind])}"
            yield Problem(document.at(*path), _RULES[kind], message)


def ended_assets(reading: Reading) -> Iterator[Problem]:
    """An asset that a Decommission ends must have left the policy."""
    for document in reading.documents:
        spec = document.spec
        if isinstance(spec, DecommissionSpec) and spec.asset in reading.names("Asset"):
            message = f"the asset {spec.asset} is still in the policy; take its Asset out, or this Decommission"
            yield Problem(document.at("spec", "asset"), "decommission-live", message)


def disused(reading: Reading) -> Iterator[Problem]:
    """Tiers, retentions and repositories that nothing uses: often a name that was meant elsewhere."""
    used: set[tuple[str, str]] = set()
    for document in reading.documents:
        if isinstance(document.spec, AssetSpec):
            used |= used_by_asset(document.spec)
        else:
            used |= {(kind, name) for kind, name, _ in references(document)}
    for kind in ("Tier", "Retention", "Repository"):
        for name, document in reading.of_kind(kind).items():
            if (kind, name) not in used:
                message = f"nothing uses the {kind} {name}"
                yield Problem(document.at("metadata", "name"), "unused", message, Severity.WARNING)


def references(document: Document) -> Iterator[Reference]:
    """All references of one document."""
    match document.spec:
        case AssetSpec() as spec:
            yield from _of_asset(spec)
        case TierSpec() as spec:
            yield Reference("Retention", spec.retention, ("spec", "retention"))
        case PolicySpec() as spec:
            for index, approver in enumerate(spec.approvers):
                yield Reference("Contact", approver.contact, ("spec", "approvers", index, "contact"))
        case RepositorySpec() as spec:
            yield from _each("Contact", spec.escrow, ("spec", "escrow"))
        case ContactSpec(escalation=str() as name):
            yield Reference("Contact", name, ("spec", "escalation"))
        case AlertSpec() as spec:
            yield from _each("Contact", spec.to, ("spec", "to"))
            yield from _selected(spec.select)
        case DrillCalendarSpec() as spec:
            yield from _of_calendar(spec)
        case HoldSpec() | SuspensionSpec() as spec:
            yield from _selected(spec.select)
        case DecommissionSpec() as spec:
            yield Reference("Contact", spec.owner, ("spec", "owner"))
        case BackupRequestSpec() as spec:
            yield Reference("Asset", spec.asset, ("spec", "asset"))


def used_by_asset(spec: AssetSpec) -> set[tuple[str, str]]:
    """Its references without their paths, which take longest: there are thousands of assets."""
    kept = {spec.retention, *(placement.retention for placement in spec.repositories)}
    placed = {("Repository", placement.name) for placement in spec.repositories}
    return {("Tier", spec.tier), *(("Retention", name) for name in kept if name), *placed}


def _of_asset(spec: AssetSpec) -> Iterator[Reference]:
    yield Reference("Contact", spec.owner, ("spec", "owner"))
    yield Reference("Tier", spec.tier, ("spec", "tier"))
    if spec.retention:
        yield Reference("Retention", spec.retention, ("spec", "retention"))
    for index, placement in enumerate(spec.repositories):
        here = ("spec", "repositories", index)
        yield Reference("Repository", placement.name, (*here, "name"))
        if placement.retention:
            yield Reference("Retention", placement.retention, (*here, "retention"))
    yield from _each("Asset", spec.depends_on, ("spec", "dependsOn"))


def _of_calendar(spec: DrillCalendarSpec) -> Iterator[Reference]:
    yield from _each("Contact", spec.participants, ("spec", "participants"))
    yield from _each("Repository", spec.scenario.lost.repositories, ("spec", "scenario", "lost", "repositories"))
    yield from _selected(spec.select)


def _selected(selector: Selector) -> Iterator[Reference]:
    here: Path = ("spec", "select")
    yield from _each("Asset", selector.assets, (*here, "assets"))
    yield from _each("Repository", selector.repositories, (*here, "repositories"))
    if selector.tier:
        yield Reference("Tier", selector.tier, (*here, "tier"))


def _each(kind: str, names: tuple[str, ...], path: Path) -> Iterator[Reference]:
    for index, name in enumerate(names):
        yield Reference(kind, name, (*path, index))
