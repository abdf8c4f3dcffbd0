"""Guard 8: whole blocks that lower protection, or break the policy, stay as enforced; every other applies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from reconciler.policy.approval import Approved
from reconciler.policy.blocks import mixed
from reconciler.policy.compare import Comparison, Lowering, compare
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.policy.validity import BlockProblem, validate_resolved

Problems = tuple[BlockProblem, ...]
Validate = Callable[[ResolvedPolicy], Problems]


@dataclass(frozen=True, slots=True)
class PendingBlock:
    """A block that stays as enforced: what in it lowers (and waits for approval), and why it waits."""

    block: str
    lowerings: tuple[Lowering, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Enforcement:
    """The policy to enforce now, what waits, and the blocks that changed (sorted by name)."""

    policy: ResolvedPolicy
    pending: tuple[PendingBlock, ...]
    applied: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The lowering lines that wait for approval, sorted: what an offer names."""
        return tuple(sorted(lowering.line for block in self.pending for lowering in block.lowerings))


def enforce(
    enforced: ResolvedPolicy,
    candidate: ResolvedPolicy,
    approved: Approved,
    now: datetime,
    validate: Validate = validate_resolved,
) -> Enforcement:
    """The candidate, valid by itself, as far as it may be enforced.

    A block that lowers anything stays wholly as enforced until all its lines are approved. Where the mix
    of old and new blocks would be invalid, blocks go back to what they were until it is valid, at the
    latest all of them. Enforcing the same candidate again changes nothing.
    """
    accepted: frozenset[BlockProblem] | None = None
    policy, applied = enforced, set[str]()
    while True:
        comparison = compare(policy, candidate, now)
        waiting = _waiting(comparison, approved)

        def problems_without(kept: Iterable[str], start: ResolvedPolicy = policy) -> Problems:
            nonlocal accepted
            mix = mixed(start, candidate, kept)
            # Nearly always nothing is kept back, and looking through thousands of assets takes its time.
            problems = () if mix == candidate else validate(mix)
            if problems and accepted is None:
                # What the enforced policy has already (rules may have become stricter since) blames no newcomer.
                accepted = frozenset(validate(enforced))
            return tuple(p for p in problems if p not in (accepted or ()))

        waiting |= _breaking(comparison, waiting, problems_without)
        taken = {change.block for change in comparison.blocks} - waiting.keys()
        if not taken:
            pending = tuple(
                PendingBlock(change.block, change.lowerings, waiting[change.block]) for change in comparison.blocks
            )
            return Enforcement(policy, pending, tuple(sorted(applied)))
        # Once more from here: with these in place, a block that broke the mix may fit now.
        policy, applied = mixed(policy, candidate, waiting), applied | taken


def _waiting(comparison: Comparison, approved: Approved) -> dict[str, str]:
    """block → why, for those that lower something and are not approved."""
    waiting = {}
    for change in comparison.blocks:
        lines = frozenset(lowering.line for lowering in change.lowerings)
        if lines and not approved(lines):
            waiting[change.block] = "it lowers protection and waits for approval"
    return waiting


def _breaking(
    comparison: Comparison, waiting: dict[str, str], problems_without: Callable[[Iterable[str]], Problems]
) -> dict[str, str]:
    """block → why, for those that must stay because the policy would be invalid with them."""
    changed = {change.block for change in comparison.blocks} - waiting.keys()
    kept = set(waiting)
    broken: dict[str, str] = {}
    while changed and (problems := problems_without(kept)):
        going_back = _to_blame(problems, changed) or _tried(problems, changed, kept, problems_without)
        broken |= going_back
        changed -= going_back.keys()
        kept |= going_back.keys()
    return broken


def _to_blame(problems: Problems, changed: set[str]) -> dict[str, str]:
    """The changed blocks where the problems show, else those that they touch."""
    shown = {problem.block: _why(problem) for problem in problems if problem.block in changed}
    touched = {other: _why(problem) for problem in problems for other in problem.other_blocks if other in changed}
    return shown or touched


def _tried(
    problems: Problems,
    changed: set[str],
    kept: set[str],
    problems_without: Callable[[Iterable[str]], Problems],
) -> dict[str, str]:
    """The first changed block without which there are fewer problems, else all of them."""
    for block in sorted(changed):
        if len(problems_without({*kept, block})) < len(problems):
            return {block: _why(problems[0])}
    return dict.fromkeys(changed, _why(problems[0]))


def _why(problem: BlockProblem) -> str:
    return f"the policy would be invalid with it: {problem.message}"
