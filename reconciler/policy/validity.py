"""Whether a resolved policy holds together, also one that was put together from two revisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reconciler.policy.blocks import SETTINGS, blocks_of
from reconciler.policy.checks.every import findings
from reconciler.policy.documents import Severity
from reconciler.policy.models.calendar import DrillCalendarSpec
from reconciler.policy.models.document import Selector
from reconciler.policy.models.exceptions import BackupRequestSpec, DecommissionSpec, HoldSpec, SuspensionSpec
from reconciler.policy.models.people import AlertSpec, ContactSpec
from reconciler.policy.models.repository import RepositorySpec
from reconciler.policy.resolved import ResolvedAsset, ResolvedPolicy
from reconciler.units.model import Strict

_WORDS = {
    "Asset": "asset",
    "Repository": "repository",
    "Contact": "contact",
    "Alert": "alert",
    "DrillCalendar": "calendar",
    "BackupRequest": "request",
    "Hold": "hold",
    "Suspension": "suspension",
    "Decommission": "decommission",
}


@dataclass(frozen=True, slots=True, order=True)
class BlockProblem:
    """What keeps a policy from being valid: the block where it shows, and the others that it touches."""

    block: str
    other_blocks: tuple[str, ...]
    message: str


def validate_resolved(policy: ResolvedPolicy) -> tuple[BlockProblem, ...]:
    """Every problem of the policy as a whole, sorted; what a single document can show was checked in it."""
    blocks = blocks_of(policy)
    references = {block: tuple(_references(value)) for block, value in blocks.items()}
    references[SETTINGS] = tuple(f"contact/{approver.contact}" for approver in policy.settings.approvers)
    problems = [
        BlockProblem(block, (other,), f"{block} refers to {other}, which does not exist")
        for block, others in references.items()
        for other in others
        if other not in blocks and not _is_known_as_ended(block, other, policy)
    ]
    problems += [
        BlockProblem(f"decommission/{name}", (f"asset/{spec.asset}",), f"asset/{spec.asset} has not left yet")
        for name, spec in policy.decommissions.items()
        if spec.asset in policy.assets
    ]
    if not any(other.startswith("repository/") for problem in problems for other in problem.other_blocks):
        problems += _found_by_checks(policy, references)
    return tuple(sorted(set(problems)))


def _is_known_as_ended(block: str, other: str, policy: ResolvedPolicy) -> bool:
    """A hold may still name an asset that a Decommission ends."""
    ended = {f"asset/{spec.asset}" for spec in policy.decommissions.values()}
    return block.startswith("hold/") and other in ended


def _found_by_checks(policy: ResolvedPolicy, references: dict[str, tuple[str, ...]]) -> Iterator[BlockProblem]:
    for finding in findings(policy):
        if finding.severity is Severity.ERROR:
            word = _WORDS.get(finding.kind)
            block = f"{word}/{finding.name}" if word else SETTINGS
            others = {*references.get(block, ()), *(b for b, named in references.items() if block in named)}
            yield BlockProblem(block, tuple(sorted(others)), finding.message)


def _references(value: Strict) -> Iterator[str]:
    match value:
        case ResolvedAsset():
            yield f"contact/{value.owner}"
            yield from _each("repository", (placement.repository for placement in value.placements))
            yield from _each("asset", value.depends_on)
        case RepositorySpec():
            yield from _each("contact", value.escrow)
        case ContactSpec(escalation=str() as name):
            yield f"contact/{name}"
        case AlertSpec():
            yield from _each("contact", value.to)
            yield from _selected(value.select)
        case DrillCalendarSpec():
            yield from _each("contact", value.participants)
            yield from _each("repository", value.scenario.lost.repositories)
            yield from _selected(value.select)
        case HoldSpec() | SuspensionSpec():
            yield from _selected(value.select)
        case DecommissionSpec():
            yield f"contact/{value.owner}"
        case BackupRequestSpec():
            yield f"asset/{value.asset}"
        case _:
            pass


def _selected(selector: Selector) -> Iterator[str]:
    yield from _each("asset", selector.assets)
    yield from _each("repository", selector.repositories)


def _each(word: str, names: Iterable[str]) -> Iterator[str]:
    return (f"{word}/{name}" for name in names)
