"""The three faces of a plan by their word. The models of the JSON are loaded for those who ask for it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from reconciler.plan.plan import Plan
from reconciler.policy.resolved import ResolvedPolicy
from reconciler.views.change import Change
from reconciler.views.change_text import change_markdown, change_text
from reconciler.views.plan_markdown import plan_markdown
from reconciler.views.plan_text import plan_text
from reconciler.views.sentences import Reader


def reader_for(plan: Plan, policy: ResolvedPolicy | None) -> Reader:
    """A reader at the plan's instant, in the policy's zone."""
    return Reader(plan.at, ZoneInfo(policy.settings.time_zone if policy else "UTC"))


def change_as(change: Change, plan: Plan, form: str, reader: Reader) -> str:
    """The same three for a change of the policy that was planned without a host."""
    if form == "json":
        from reconciler.views.change_json import change_json
        from reconciler.views.plan_json import plan_json

        whole = plan_json(plan, reader).model_copy(update={"change": change_json(change)})
        return whole.model_dump_json(by_alias=True, indent=2)
    return change_markdown(change, plan, reader) if form == "markdown" else change_text(change)


def plan_as(plan: Plan, form: str, reader: Reader, *, whole: bool = False) -> str:
    """``text``, ``json`` or ``markdown``."""
    if form == "json":
        from reconciler.views.plan_json import plan_json

        return plan_json(plan, reader).model_dump_json(by_alias=True, indent=2)
    return plan_markdown(plan, reader) if form == "markdown" else plan_text(plan, reader, whole=whole)
