"""Suspensions stop actions, never assessments; they end by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from reconciler.obligations.actions import Action, BackUp, Check, Copy, Forget, Initialise, Mark, Prune, Render
from reconciler.observed.attempts import Verb
from reconciler.plan.context import Context
from reconciler.policy.models.document import Selector
from reconciler.policy.selection import selects
from reconciler.units.instants import NEVER

# A mark is the first half of a deletion: without its own stop, all would fall due when the suspension ends.
_STOPPED_BY = {Verb.MARK: Verb.FORGET}


def suspended_by(action: Action, context: Context) -> str:
    """The name of a suspension in force that stops the action, or nothing; the policy's before the host's."""
    return next(_stopping(action, context), "")


def suspensions_end(context: Context) -> datetime:
    """When the first suspension in force ends; NEVER without any."""
    ends = [spec.expires for spec in context.policy.suspensions.values()]
    ends += [facts.expires for facts in context.observed.suspensions]
    return min((end for end in ends if end > context.now), default=NEVER)


def _stopping(action: Action, context: Context) -> Iterator[str]:
    verb = _STOPPED_BY.get(action.verb, action.verb)
    asset, repository = _about(action)
    for name, spec in context.policy.suspensions.items():
        in_force = context.now < spec.expires and verb.value in spec.actions
        if in_force and _meant(spec.select, asset, repository, context):
            yield name
    for facts in context.observed.suspensions:
        in_force = context.now < facts.expires and verb in facts.verbs
        if in_force and facts.asset in (None, asset) and facts.repository in (None, repository):
            yield facts.name


def _about(action: Action) -> tuple[str | None, str | None]:
    """The asset and the repository that an action is about."""
    match action:
        case BackUp() | Copy() | Mark() | Forget():
            return action.asset, action.repository
        case Initialise() | Prune() | Check():
            return None, action.repository
        case Render():
            return action.asset, None


def _meant(selector: Selector, asset: str | None, repository: str | None, context: Context) -> bool:
    """Repositories in the selector narrow to what happens in them, not to all that their assets do."""
    if selector.repositories and repository not in selector.repositories:
        return False
    if asset is None:
        return not (selector.assets or selector.tier or selector.labels or selector.host)
    known = context.policy.assets.get(asset)
    if known is None:
        return asset in selector.assets or not (selector.assets or selector.tier or selector.labels or selector.host)
    return selects(selector, known)
